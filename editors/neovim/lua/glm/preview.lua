-- Edits that are offered: each hunk in its place, the old lines marked, the new ones below them, until the user has
-- said yes or no. Which hunks there are, and what becomes of them, the server knows; here they are drawn.

local M = {}

local namespace = vim.api.nvim_create_namespace('glm.preview')

---@class glm.Hunk
---@field id integer
---@field uri string
---@field range lsp.Range
---@field oldText string
---@field newText string

---@class glm.Candidate
---@field id integer
---@field label string
---@field cost string?
---@field hunks glm.Hunk[]

---@class glm.Shown
---@field job string
---@field hunk integer
---@field candidate integer?
---@field buf integer
---@field mark integer

---@type glm.Shown[]
local shown = {}

---@type table<string, string> what each key of the buffer does while something is offered in it
local KEYS = {
  [']g'] = 'next',
  ['[g'] = 'previous',
  ['<Leader>ga'] = 'accept',
  ['<Leader>gr'] = 'reject',
}

---@type table<integer, boolean> the buffers that have those keys
local with_keys = {}

---@param one glm.Shown
local function row_of(one)
  return vim.api.nvim_buf_get_extmark_by_id(one.buf, namespace, one.mark, {})[1] or 0
end

---@param buf integer
---@return glm.Shown[] top to bottom
local function shown_in(buf)
  local here = vim.tbl_filter(function(one)
    return one.buf == buf
  end, shown)
  table.sort(here, function(a, b)
    return row_of(a) < row_of(b)
  end)
  return here
end

---@param buf integer
local function set_keys(buf)
  local needed = #shown_in(buf) > 0
  if needed == (with_keys[buf] or false) then
    return
  end
  with_keys[buf] = needed or nil
  for key, verb in pairs(KEYS) do
    if needed then
      vim.keymap.set('n', key, function()
        M[verb]()
      end, { buffer = buf, desc = 'GLM: ' .. verb })
    else
      vim.keymap.del('n', key, { buffer = buf })
    end
  end
end

---@type table<string, glm.Candidate> which of several candidates is looked at
local chosen = {}

---@param job string
---@param hunk glm.Hunk
local function draw(job, hunk)
  local buf = vim.uri_to_bufnr(hunk.uri)
  if not vim.api.nvim_buf_is_loaded(buf) then
    return
  end
  local count = vim.api.nvim_buf_line_count(buf)
  local first, last = math.min(hunk.range.start.line, count), math.min(hunk.range['end'].line, count)
  local new = vim.split((hunk.newText:gsub('\r?\n$', '')), '\r?\n')
  local lines = vim.tbl_map(function(line)
    return { { line == '' and ' ' or line, 'DiffAdd' } }
  end, hunk.newText == '' and {} or new)
  -- New lines stand below the old ones; without any, below the line before, or above the first.
  local below = math.max(last, 1) - 1
  vim.api.nvim_buf_set_extmark(buf, namespace, below, 0, { virt_lines = lines, virt_lines_above = last == 0 })
  local mark = vim.api.nvim_buf_set_extmark(buf, namespace, math.min(first, count - 1), 0, {
    end_row = last > first and last or nil,
    end_col = last > first and 0 or nil,
    hl_group = last > first and 'DiffDelete' or nil,
    hl_eol = last > first or nil,
    strict = false,
  })
  local candidate = chosen[job] and chosen[job].id
  table.insert(shown, { job = job, hunk = hunk.id, candidate = candidate, buf = buf, mark = mark })
end

--- Takes everything of all jobs away; what is still offered is drawn again.
---@param jobs table<string, glm.Hunk[]>
local function redraw(jobs)
  local buffers = {} ---@type table<integer, boolean>
  for _, one in ipairs(shown) do
    buffers[one.buf] = true
    if vim.api.nvim_buf_is_loaded(one.buf) then
      vim.api.nvim_buf_clear_namespace(one.buf, namespace, 0, -1)
    end
  end
  shown = {}
  for job, hunks in pairs(jobs) do
    for _, hunk in ipairs(hunks) do
      draw(job, hunk)
      buffers[vim.uri_to_bufnr(hunk.uri)] = true
    end
  end
  for buf in pairs(buffers) do
    if vim.api.nvim_buf_is_loaded(buf) then
      set_keys(buf)
    end
  end
end

---@type table<string, glm.Hunk[]>
local offered = {}

---@type table<string, glm.Candidate[]>
local candidates = {}

--- Lets the user pick which candidate of a job to look at.
---@param job string
local function choose(job)
  vim.ui.select(candidates[job], {
    prompt = 'GLM: look at which answer?',
    format_item = function(candidate)
      return candidate.label
    end,
  }, function(candidate)
    if candidate and candidates[job] then
      chosen[job] = candidate
      offered[job] = candidate.hunks
      redraw(offered)
    end
  end)
end

--- Another candidate of the latest job that has several.
function M.candidates()
  local latest ---@type string?
  for job in pairs(candidates) do
    latest = (not latest or tonumber(job) > tonumber(latest)) and job or latest
  end
  if not latest then
    return vim.notify('GLM: there is nothing to compare.', vim.log.levels.WARN)
  end
  choose(latest)
end

--- The candidates as they are now; one that is looked at stays so.
---@param job glm.Job
---@return glm.Hunk[]
local function compared(job)
  local first = candidates[job.job] == nil
  candidates[job.job] = job.candidates
  for _, candidate in ipairs(job.candidates) do
    if chosen[job.job] and chosen[job.job].id == candidate.id then
      chosen[job.job] = candidate
      return candidate.hunks
    end
  end
  chosen[job.job] = nil
  if first and vim.api.nvim_get_mode().mode == 'n' then
    vim.schedule(function()
      choose(job.job)
    end)
  elseif first then
    vim.notify('GLM: the answers are there. `:Glm candidates` compares them.')
  end
  return {}
end

---@param job glm.Job
function M.take(job)
  local before = offered[job.job]
  if job.state == 'offered' then
    offered[job.job] = job.candidates and compared(job) or job.hunks or before
  else
    offered[job.job], candidates[job.job], chosen[job.job] = nil, nil, nil
  end
  if before or offered[job.job] then
    redraw(offered)
  end
end

--- The hunk at the cursor, or the nearest above it, or the first.
---@return glm.Shown?
local function current()
  local here = shown_in(vim.api.nvim_get_current_buf())
  local row = vim.api.nvim_win_get_cursor(0)[1] - 1
  local found = here[1]
  for _, one in ipairs(here) do
    if row_of(one) <= row then
      found = one
    end
  end
  return found
end

---@param step 1|-1
local function go(step)
  local here = shown_in(vim.api.nvim_get_current_buf())
  local row = vim.api.nvim_win_get_cursor(0)[1] - 1
  for index = step == 1 and 1 or #here, step == 1 and #here or 1, step do
    local target = row_of(here[index])
    if (target - row) * step > 0 then
      vim.cmd("normal! m'")
      return vim.api.nvim_win_set_cursor(0, { target + 1, 0 })
    end
  end
end

function M.next()
  go(1)
end

function M.previous()
  go(-1)
end

---@param command 'glm.accept'|'glm.reject'
---@param all boolean?
local function decide(command, all)
  local one = current()
  if not one then
    return vim.notify('GLM: nothing is offered in this buffer.', vim.log.levels.WARN)
  end
  require('glm.command').send(command, {
    job = one.job,
    candidate = one.candidate,
    hunk = not all and one.hunk or nil,
  })
end

--- Accepts the hunk at the cursor, or all of its job.
---@param all boolean?
function M.accept(all)
  decide('glm.accept', all)
end

--- Rejects the hunk at the cursor, or all of its job.
---@param all boolean?
function M.reject(all)
  decide('glm.reject', all)
end

return M

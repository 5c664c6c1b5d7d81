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
---@field id string
---@field label string
---@field cost number? dollars
---@field tokens integer
---@field hunks glm.Hunk[] none: there is nothing to accept, and `message` says why
---@field message { text: string, next: string? }?

---@class glm.Shown
---@field job glm.Job
---@field hunk integer
---@field candidate string?
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

---@type table<integer, table<string, table>> what those keys did in a buffer before, where it had its own
local own_keys = {}

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

--- Gives the current buffer those keys.
local function take_keys()
  local own = {}
  for key, verb in pairs(KEYS) do
    local before = vim.fn.maparg(key, 'n', false, true)
    own[key] = before.buffer == 1 and before or nil
    vim.keymap.set('n', key, function()
      M[verb]()
    end, { buffer = true, desc = 'GLM: ' .. verb })
  end
  return own
end

--- Gives the current buffer its own keys back.
---@param own table<string, table>
local function give_keys_back(own)
  for key in pairs(KEYS) do
    pcall(vim.keymap.del, 'n', key, { buffer = true })
    if own[key] then
      vim.fn.mapset('n', false, own[key])
    end
  end
end

---@param buf integer
local function set_keys(buf)
  local needed = #shown_in(buf) > 0
  -- A buffer that is unloaded loses its variables together with its keys.
  if needed == (vim.b[buf].glm_keys or false) then
    return
  end
  vim.api.nvim_buf_call(buf, function()
    if needed then
      own_keys[buf] = take_keys()
    else
      give_keys_back(own_keys[buf])
    end
  end)
  vim.b[buf].glm_keys = needed
end

---@class glm.Offer
---@field job glm.Job
---@field hunks glm.Hunk[] those that are drawn
---@field candidate glm.Candidate? the one of several that is looked at

---@type table<string, glm.Offer> by the key of the job
local offers = {}

---@param offer glm.Offer
---@param hunk glm.Hunk
local function draw(offer, hunk)
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
  local candidate = offer.candidate and offer.candidate.id
  table.insert(shown, { job = offer.job, hunk = hunk.id, candidate = candidate, buf = buf, mark = mark })
end

--- Takes everything of all jobs away; what is still offered is drawn again.
local function redraw()
  local buffers = {} ---@type table<integer, boolean>
  for _, one in ipairs(shown) do
    buffers[one.buf] = true
    if vim.api.nvim_buf_is_loaded(one.buf) then
      vim.api.nvim_buf_clear_namespace(one.buf, namespace, 0, -1)
    end
  end
  shown = {}
  for _, offer in pairs(offers) do
    for _, hunk in ipairs(offer.hunks) do
      draw(offer, hunk)
      buffers[vim.uri_to_bufnr(hunk.uri)] = true
    end
  end
  for buf in pairs(buffers) do
    if vim.api.nvim_buf_is_loaded(buf) then
      set_keys(buf)
    end
  end
end

---@param candidate glm.Candidate
---@return string
local function line(candidate)
  if #candidate.hunks == 0 then
    return ('%s: %s'):format(candidate.label, candidate.message and candidate.message.text or 'nothing to accept')
  end
  local cost = type(candidate.cost) == 'number' and (', $%.4f'):format(candidate.cost) or ''
  return ('%s (%d tokens%s)'):format(candidate.label, candidate.tokens, cost)
end

--- Lets the user pick which candidate of an offer to look at.
---@param key string of the job
local function choose(key)
  local offer = offers[key]
  if not offer or not offer.job.candidates then
    return
  end
  vim.ui.select(offer.job.candidates, { prompt = 'GLM: look at which answer?', format_item = line }, function(candidate)
    -- The text may have changed under the list.
    local now = candidate and offers[key] and offers[key].job.candidates or {}
    for _, one in ipairs(now) do
      if one.id == candidate.id then
        offers[key].candidate, offers[key].hunks = one, one.hunks
        return redraw()
      end
    end
  end)
end

--- Another candidate of the latest job that has several.
function M.candidates()
  local latest ---@type glm.Job?
  for _, offer in pairs(offers) do
    if offer.job.candidates and (not latest or tonumber(offer.job.job) > tonumber(latest.job)) then
      latest = offer.job
    end
  end
  if not latest then
    return require('glm.message').show('there is nothing to compare.', vim.log.levels.WARN)
  end
  choose(latest.key)
end

--- The offer as it is now; a candidate that is looked at stays so.
---@param job glm.Job
---@param before glm.Offer?
---@return glm.Offer
local function offer_of(job, before)
  if not job.candidates then
    return { job = job, hunks = job.hunks or {} }
  end
  for _, candidate in ipairs(job.candidates) do
    if before and before.candidate and before.candidate.id == candidate.id then
      return { job = job, hunks = candidate.hunks, candidate = candidate }
    end
  end
  return { job = job, hunks = {} }
end

---@param job glm.Job
function M.take(job)
  local before = offers[job.key]
  if job.state == 'offered' then
    offers[job.key] = offer_of(job, before)
  elseif require('glm.jobs').is_over(job) then
    offers[job.key] = nil
  end
  if before or offers[job.key] then
    redraw()
  end
  if before or not job.candidates then
    return
  end
  -- A list that opens takes the keys of somebody who types.
  if vim.api.nvim_get_mode().mode == 'n' then
    vim.schedule(function()
      choose(job.key)
    end)
  else
    require('glm.message').show('the answers are there. `:Glm candidates` compares them.')
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
    return require('glm.message').show('nothing is offered in this buffer.', vim.log.levels.WARN)
  end
  require('glm.command').send(command, {
    job = one.job.job,
    candidate = one.candidate,
    hunk = not all and one.hunk or nil,
  }, nil, one.job.client)
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

-- `glm/job`: what the server tells of its jobs, kept, shown beside the code, and passed on as `User GlmJob`.

local M = {}

local namespace = vim.api.nvim_create_namespace('glm.jobs')

local PHASES = {
  queued = 'queued',
  gathering = 'gathering context',
  waiting = 'waiting for the model',
  streaming = 'answering',
  checking = 'checking the reply',
  delivering = 'applying',
  offered = 'waiting for your word',
}

local LEVELS = { error = vim.log.levels.ERROR, warning = vim.log.levels.WARN, info = vim.log.levels.INFO }

-- What the server says is to be done, said for this editor: by the reason of the message.
local NEXT = {
  ['no-key'] = '`:Glm login` asks for one and keeps it.',
  ['wrong-key'] = '`:Glm login` asks for another and keeps it.',
}

-- Where it helps to ask the same once more.
local RETRY = { ['no-network'] = true, ['timed-out'] = true, ['broken-stream'] = true, ['server-trouble'] = true }

---@class glm.Job
---@field client integer the client that told it
---@field key string unlike any other job's: each server counts its own
---@field job string
---@field seq integer
---@field state string
---@field action string
---@field mode 'edit'|'explain'|'suggest'?
---@field title string
---@field uri string
---@field range lsp.Range
---@field delivery 'apply'|'confirm'|'preview'?
---@field region lsp.Range? the whole lines it is about, if it edits
---@field tokens integer
---@field seconds number
---@field retryInSeconds integer?
---@field message { level: string, text: string, next: string?, reason: string? }?
---@field text { append: string, anew: boolean? }?
---@field hunks glm.Hunk[]?
---@field candidates glm.Candidate[]?
---@field result glm.Suggestion[]?

---@type table<string, glm.Job> the latest of each job that has not ended, by its key
local running = {}

---@type table<string, integer> the extmark at the region of each
local marks = {}

---@param job glm.Job
function M.is_over(job)
  return PHASES[job.state] == nil
end

--- One line about a job that has not ended.
---@param job glm.Job
---@return string
function M.line(job)
  if job.retryInSeconds then
    return ('%s: trying again in %d s'):format(job.title, job.retryInSeconds)
  end
  local tokens = job.tokens > 0 and (', %d tokens'):format(job.tokens) or ''
  return ('%s: %s%s'):format(job.title, PHASES[job.state], tokens)
end

--- The jobs that have not ended, oldest first.
---@return glm.Job[]
function M.running()
  local jobs = vim.tbl_values(running)
  table.sort(jobs, function(a, b)
    return tonumber(a.job) < tonumber(b.job)
  end)
  return jobs
end

--- Writes the job's line behind the first line of its region, and leaves it there as the text around it moves.
---@param job glm.Job
local function mark(job)
  local buf = vim.uri_to_bufnr(job.uri)
  if not vim.api.nvim_buf_is_loaded(buf) then
    return
  end
  local id = marks[job.key]
  if M.is_over(job) then
    if id then
      vim.api.nvim_buf_del_extmark(buf, namespace, id)
      marks[job.key] = nil
    end
    return
  end
  local row = math.min(job.range.start.line, vim.api.nvim_buf_line_count(buf) - 1)
  if id then
    row = vim.api.nvim_buf_get_extmark_by_id(buf, namespace, id, {})[1] or row
  end
  marks[job.key] = vim.api.nvim_buf_set_extmark(buf, namespace, row, 0, {
    id = id,
    virt_text = { { M.line(job), 'Comment' } },
    virt_text_pos = 'eol',
    hl_mode = 'combine',
  })
end

--- What the message of a job that has ended says.
---@param message { level: string, text: string, next: string?, reason: string? }
local function tell(message)
  local words = { message.text, NEXT[message.reason] or message.next }
  if RETRY[message.reason] then
    table.insert(words, '`:Glm retry` asks again.')
  end
  require('glm.message').show(table.concat(words, ' '), LEVELS[message.level])
end

---@param job glm.Job
---@param client integer
function M.take(job, client)
  job.client, job.key = client, ('%d.%s'):format(client, job.job)
  local known = running[job.key]
  if known and job.seq <= known.seq then
    return
  end
  running[job.key] = not M.is_over(job) and job or nil
  mark(job)
  require('glm.explanation').take(job)
  require('glm.stream').take(job)
  require('glm.preview').take(job)
  require('glm.suggest').take(job)
  if job.message and (M.is_over(job) or job.state == 'offered') then
    tell(job.message)
  end
  vim.api.nvim_exec_autocmds('User', { pattern = 'GlmJob', modeline = false, data = job })
end

return M

-- What a configuration may call: require('glm').

local M = {}

--- For a status line: one line about the jobs that run, or nothing.
---@return string
function M.statusline()
  local jobs = require('glm.jobs').running()
  local more = #jobs > 1 and (' (+%d)'):format(#jobs - 1) or ''
  return jobs[1] and require('glm.jobs').line(jobs[1]) .. more or ''
end

--- Runs an action on lines (from 1, both included), or at the cursor. Without `instruction`, `edit` asks for one.
---@param action string
---@param opts { instruction: string?, first: integer?, last: integer? }?
function M.run(action, opts)
  opts = opts or {}
  local lines = opts.first and { first = opts.first, last = opts.last or opts.first } or nil
  require('glm.command').act(action, opts.instruction, lines)
end

--- Stops all jobs.
function M.cancel()
  require('glm.command').cancel()
end

return M

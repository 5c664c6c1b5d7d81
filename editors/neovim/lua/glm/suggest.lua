-- Suggestions of refactorings: a list to pick from, when they come. The code action menu has them too.

local M = {}

---@class glm.Suggestion
---@field title string
---@field why string
---@field range lsp.Range
---@field instruction string
---@field version integer of the text that `range` is of

---@param job glm.Job
---@param suggestion glm.Suggestion
local function run(job, suggestion)
  require('glm.command').send('glm.run', {
    action = 'edit',
    uri = job.uri,
    range = suggestion.range,
    version = suggestion.version,
    instruction = suggestion.instruction,
  }, nil, job.client)
end

---@param job glm.Job
local function pick(job)
  vim.ui.select(job.result, {
    prompt = 'GLM suggests:',
    kind = 'glm',
    format_item = function(suggestion)
      return suggestion.why ~= '' and ('%s: %s'):format(suggestion.title, suggestion.why) or suggestion.title
    end,
  }, function(suggestion)
    if suggestion then
      run(job, suggestion)
    end
  end)
end

---@param job glm.Job
function M.take(job)
  if job.mode ~= 'suggest' or job.state ~= 'delivered' or #(job.result or {}) == 0 then
    return
  end
  -- A list that opens takes the keys of somebody who types.
  if vim.api.nvim_get_mode().mode == 'n' then
    vim.schedule(function()
      pick(job)
    end)
  else
    require('glm.message').show(('%d suggestions. The code action menu has them.'):format(#job.result))
  end
end

return M

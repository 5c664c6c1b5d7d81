-- What the server can show without asking the model: what would be sent, the usage log, the models there are.

local M = {}

--- A buffer of its own for reading, below the window.
---@param name string
---@param filetype string
---@param lines string[]
local function show(name, filetype, lines)
  local buf = vim.api.nvim_create_buf(false, true)
  vim.bo[buf].bufhidden = 'wipe'
  vim.api.nvim_buf_set_lines(buf, 0, -1, true, lines)
  vim.bo[buf].modifiable = false
  vim.bo[buf].filetype = filetype
  vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = buf, nowait = true, desc = 'Close ' .. name })
  vim.api.nvim_open_win(buf, true, { split = 'below', win = -1 })
end

---@class glm.Part
---@field title string
---@field tokens integer
---@field text string

--- `parts` as `glm.context` answers, readable, each text as it would be sent.
---@param found { parts: glm.Part[], leftOut: { title: string, why: string }[] }
function M.context(found)
  local total = 0
  local lines = {} ---@type string[]
  for _, part in ipairs(found.parts) do
    total = total + part.tokens
    table.insert(lines, ('━━ %s (about %d tokens)'):format(part.title, part.tokens))
    vim.list_extend(lines, vim.split(part.text, '\n'))
  end
  if #found.leftOut > 0 then
    table.insert(lines, '━━ left out')
    for _, one in ipairs(found.leftOut) do
      table.insert(lines, ('%s: %s'):format(one.title, one.why))
    end
  end
  table.insert(lines, 1, ('Nothing is sent by looking. About %d tokens would be:'):format(total))
  show('what would be sent', 'text', lines)
end

---@param form 'curl'|'python'
---@param found { text: string }
function M.request(form, found)
  show('the request', form == 'python' and 'python' or 'sh', vim.split(found.text, '\n'))
end

---@param rows { day: string, action: string, requests: integer, prompt: integer, completion: integer, cost: number? }[]
function M.usage(rows)
  local head = ('%-10s  %-18s %8s %10s %10s %9s'):format('day', 'action', 'requests', 'sent', 'received', 'dollars')
  local lines = { head }
  for _, row in ipairs(rows) do
    local cost = type(row.cost) == 'number' and ('%.4f'):format(row.cost) or '?'
    table.insert(
      lines,
      ('%-10s  %-18s %8d %10d %10d %9s'):format(row.day, row.action, row.requests, row.prompt, row.completion, cost)
    )
  end
  show('the usage log', 'text', lines)
end

--- The model to ask from now on, in this Neovim.
---@param models { id: string, price: { input: number, output: number }? }[]
---@param chosen fun(id: string)
function M.models(models, chosen)
  vim.ui.select(models, {
    prompt = 'GLM: ask which model?',
    format_item = function(model)
      if type(model.price) ~= 'table' then
        return model.id
      end
      return ('%s ($%.2f / $%.2f a million tokens)'):format(model.id, model.price.input * 1e6, model.price.output * 1e6)
    end,
  }, function(model)
    if model then
      chosen(model.id)
    end
  end)
end

return M

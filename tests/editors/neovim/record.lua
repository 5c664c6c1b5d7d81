-- What happens in the editor, told to the test as it happens, and kept in the order it happened.
--
-- record.pick(title)   what `vim.ui.select` will choose from the next menu
-- record.watch(buf)    keeps every change of a buffer: who made it, where, and the lines that stand there now
-- record.typing        `before` and `after`: keys the user presses just before, or just after, the editor takes an edit;
--                      `skip`: how many edits it takes before that one

local record = { changes = {}, typing = {} }
local channel = ...
local hand = 'user'

local function tell(kind, event)
  event.kind = kind
  vim.rpcnotify(channel, 'record', event)
end

local wanted = {}
function record.pick(title)
  table.insert(wanted, title)
end

---@diagnostic disable-next-line: duplicate-set-field
vim.ui.select = function(items, options, on_choice)
  local titles = vim.tbl_map(options.format_item or tostring, items)
  tell('menu', { titles = titles, prompt = options.prompt or '' })
  local title = table.remove(wanted, 1)
  for index, item in ipairs(items) do
    if titles[index] == title then
      return on_choice(item, index)
    end
  end
  on_choice(nil, nil)
end

function record.watch(buf)
  record.changes[buf] = {}
  vim.api.nvim_buf_attach(buf, false, {
    on_lines = function(_, _, tick, first, last, new_last)
      table.insert(record.changes[buf], {
        by = hand,
        tick = tick,
        first = first,
        last = last,
        lines = vim.api.nvim_buf_get_lines(buf, first, new_last, true),
      })
    end,
  })
end

local function press(keys)
  if keys then
    vim.api.nvim_feedkeys(vim.api.nvim_replace_termcodes(keys, true, true, true), 'nx', false)
  end
end

-- Wraps what takes an edit, so that the log knows whose hand a change is, and the user can be quicker or slower.
local function taking(take)
  return function(...)
    local typing = record.typing
    local now = (typing.skip or 0) == 0
    typing.skip = math.max((typing.skip or 0) - 1, 0)
    press(now and typing.before)
    hand = 'glm'
    local result = take(...)
    hand = 'user'
    press(now and typing.after)
    record.typing = now and {} or typing
    tell('edit', { applied = result.applied })
    return result
  end
end

vim.lsp.handlers['workspace/applyEdit'] = taking(vim.lsp.handlers['workspace/applyEdit'])
local by_itself, apply = pcall(require, 'glm.apply')
if by_itself then
  apply.take = taking(apply.take)
end

local show = vim.lsp.handlers['window/showMessage']
vim.lsp.handlers['window/showMessage'] = function(err, params, context)
  tell('message', { level = params.type, text = params.message })
  return show(err, params, context)
end

local configuration = vim.lsp.handlers['workspace/configuration']
vim.lsp.handlers['workspace/configuration'] = function(...)
  tell('configuration', {})
  return configuration(...)
end

---@diagnostic disable-next-line: duplicate-set-field
vim.notify = function(text, level)
  tell('notify', { text = text, level = level or vim.log.levels.INFO })
end

vim.api.nvim_create_autocmd('LspAttach', {
  callback = function(event)
    tell('attach', { buf = event.buf })
  end,
})
vim.api.nvim_create_autocmd('LspProgress', {
  callback = function(event)
    local params = event.data.params
    tell('progress', { token = params.token, state = params.value.kind })
    if params.value.kind == 'end' then
      tell('end', {})
    end
  end,
})
-- The plugin's jobs, which come instead of progress and messages.
vim.api.nvim_create_autocmd('User', {
  pattern = 'GlmJob',
  callback = function(event)
    local job = event.data
    tell('job', { state = job.state, said = job.text and job.text.append or '' })
    if require('glm.jobs').is_over(job) then
      if job.message then
        tell('message', { level = job.message.level, text = job.message.text })
      end
      tell('end', {})
    end
  end,
})

_G.record = record

-- `:Glm`: the first word is a verb of this editor, or an action of the server's; the rest is said to the model.

local M = {}

---@return vim.lsp.Client?
local function client_of(buf)
  return vim.lsp.get_clients({ bufnr = buf, name = 'glm' })[1]
end

---@param text string
local function complain(text)
  require('glm.message').show(text, vim.log.levels.ERROR)
end

--- Sends a command; `answered` gets its result. An error is shown.
---@param command string
---@param argument table
---@param answered fun(result: any)?
---@param id integer? the client; nil: that of the current buffer, or any
function M.send(command, argument, answered, id)
  local buf = vim.api.nvim_get_current_buf()
  local client = id and vim.lsp.get_client_by_id(id) or client_of(buf) or vim.lsp.get_clients({ name = 'glm' })[1]
  if not client then
    return complain('the server is not running here. :checkhealth glm says why.')
  end
  if next(argument) == nil then
    argument = vim.empty_dict()
  end
  local params = { command = command, arguments = { argument } }
  client:request('workspace/executeCommand', params, function(err, result)
    if err then
      complain(err.message)
    elseif answered then
      answered(result)
    end
  end, buf)
end

--- The lines `first` to `last` (from 1, included), or the place of the cursor.
---@param client vim.lsp.Client
---@param lines { first: integer, last: integer }?
---@return lsp.Range
local function range_of(client, lines)
  if not lines then
    return vim.lsp.util.make_range_params(0, client.offset_encoding).range
  end
  local last = vim.api.nvim_buf_get_lines(0, lines.last - 1, lines.last, true)[1]
  return {
    start = { line = lines.first - 1, character = 0 },
    ['end'] = { line = lines.last - 1, character = vim.str_utfindex(last, client.offset_encoding) },
  }
end

--- Asks for the user's own words, and does nothing without them.
---@param question string
---@param said fun(words: string)
local function ask(question, said)
  vim.ui.input({ prompt = question }, function(words)
    if words and vim.trim(words) ~= '' then
      said(vim.trim(words))
    end
  end)
end

---@alias glm.Lines { first: integer, last: integer }

---@type string? the model to ask, if the user has picked another than the settings name
local model

local UNNAMED = 'this buffer has no name. `:write NAME` gives it one, and `:edit` then calls the server.'

--- What is asked about `lines`, or the place of the cursor; nil, and a message, where no server is.
---@param action string
---@param instruction string? nil or empty: the action's own
---@param lines glm.Lines?
---@return table?
local function argument_of(action, instruction, lines)
  local client = client_of(0)
  if not client then
    local named = vim.api.nvim_buf_get_name(0) ~= ''
    complain(named and 'the server has not joined this buffer. :checkhealth glm says why.' or UNNAMED)
    return nil
  end
  return {
    action = action,
    uri = vim.uri_from_bufnr(0),
    range = range_of(client, lines),
    instruction = instruction ~= '' and instruction or nil,
    model = model,
  }
end

--- Runs `argument`. The menu is asked for before, unseen: so the server learns what others have found there.
---@param argument table
local function run(argument)
  local client = client_of(0)
  if not client then
    return
  end
  local last = vim.api.nvim_buf_line_count(0) - 1
  local whole = { start = { line = 0, character = 0 }, ['end'] = { line = last, character = 0 } }
  local params = {
    textDocument = { uri = argument.uri },
    range = argument.action == 'fix-file' and whole or argument.range,
    context = { diagnostics = {}, triggerKind = vim.lsp.protocol.CodeActionTriggerKind.Invoked },
  }
  client:request('textDocument/codeAction', params, function()
    M.send('glm.run', argument)
  end, 0)
end

local QUESTIONS = { edit = 'GLM: what shall change? ', ask = 'GLM: what do you want to know? ' }

--- Runs an action of the server's on lines, or at the cursor.
---@param action string
---@param instruction string? nil or empty: the action's own
---@param lines glm.Lines?
---@param compare table[]? how the answers that are to be compared differ
function M.act(action, instruction, lines, compare)
  local argument = argument_of(action, instruction, lines)
  if not argument then
    return
  end
  argument.compare = compare
  if QUESTIONS[action] and not argument.instruction then
    ask(QUESTIONS[action], function(words)
      argument.instruction = words
      run(argument)
    end)
  else
    run(argument)
  end
end

--- Stops all jobs, of all servers: there is one for each project.
function M.cancel()
  for _, client in ipairs(vim.lsp.get_clients({ name = 'glm' })) do
    client:request('workspace/executeCommand', { command = 'glm.cancel', arguments = { vim.empty_dict() } })
  end
end

--- The first word of `rest`, and what follows it.
---@param rest string
---@param default string
local function parted(rest, default)
  local word, after = rest:match('^(%S+)%s*(.*)$')
  return word or default, after
end

---@type table<string, fun(rest: string, bang: boolean, lines: glm.Lines?)>
local verbs = {
  accept = function(_, bang)
    require('glm.preview').accept(bang)
  end,
  reject = function(_, bang)
    require('glm.preview').reject(bang)
  end,
  cancel = function()
    M.cancel()
  end,
  undo = function()
    M.send('glm.undo', {})
  end,
  retry = function()
    M.send('glm.retry', {})
  end,
  refine = function(rest)
    if rest ~= '' then
      return M.send('glm.refine', { instruction = rest })
    end
    ask('GLM: what should be different? ', function(words)
      M.send('glm.refine', { instruction = words })
    end)
  end,
  login = function(rest)
    require('glm.login').open(client_of(0), rest)
  end,
  suggest = function(_, _, lines)
    local argument = argument_of('suggest', nil, lines)
    if argument then
      M.send('glm.suggest', { uri = argument.uri, range = argument.range })
    end
  end,
  compare = function(rest, _, lines)
    local action, instruction = parted(rest, 'refactor')
    M.act(action, instruction, lines, { { temperature = 0.2 }, { temperature = 0.9 }, { thinking = true } })
  end,
  candidates = function()
    require('glm.preview').candidates()
  end,
  context = function(rest, _, lines)
    local argument = argument_of(parted(rest, 'refactor'), select(2, parted(rest, '')), lines)
    if argument then
      M.send('glm.context', argument, require('glm.views').context)
    end
  end,
  request = function(rest, _, lines)
    local form, action = parted(rest, 'curl')
    local argument = argument_of(parted(action or '', 'refactor'), nil, lines)
    if argument then
      argument.as = form
      M.send('glm.request', argument, function(found)
        require('glm.views').request(form, found)
      end)
    end
  end,
  usage = function()
    M.send('glm.usage', {}, require('glm.views').usage)
  end,
  models = function()
    M.send('glm.models', {}, function(models)
      require('glm.views').models(models, function(id)
        model = id
      end)
    end)
  end,
  trust = function(_, bang)
    local client = client_of(0)
    if not client or not client.root_dir then
      return complain('this buffer belongs to no project.')
    end
    M.send('glm.trust', { folder = vim.uri_from_fname(client.root_dir), trust = not bang }, function()
      local used = bang and 'are not used any more' or 'are used, as they are now'
      require('glm.message').show(('the prompts of this project %s.'):format(used))
    end)
  end,
}

--- What a verb needs of the server, where it is not the command of its name.
local NEEDS = { compare = 'glm.run', candidates = 'glm.accept', login = 'glm.run' }

--- The verbs the server can follow.
---@param client vim.lsp.Client
---@return string[]
local function known_verbs(client)
  local provider = client.server_capabilities.executeCommandProvider or {}
  return vim.tbl_filter(function(verb)
    return vim.list_contains(provider.commands or {}, NEEDS[verb] or 'glm.' .. verb)
  end, vim.tbl_keys(verbs))
end

--- The actions the menu offers at the cursor, and those that need the user's own words.
---@param client vim.lsp.Client
---@return string[]
local function known_actions(client)
  local params = vim.lsp.util.make_range_params(0, client.offset_encoding)
  params.context = { diagnostics = {}, triggerKind = vim.lsp.protocol.CodeActionTriggerKind.Invoked }
  local answer = client:request_sync('textDocument/codeAction', params, 500, 0)
  local actions = { 'edit', 'ask' }
  for _, item in ipairs(answer and answer.result or {}) do
    local action = vim.tbl_get(item, 'data', 'action')
    if action and not verbs[action] and not vim.list_contains(actions, action) then
      table.insert(actions, action)
    end
  end
  return actions
end

--- The first words that begin with `lead`; the instruction after them is the user's own.
---@param lead string
---@param line string
---@return string[]
function M.complete(lead, line)
  local client = client_of(0)
  if not client or line:match('Glm%s+%S+%s') then
    return {}
  end
  local words = vim.list_extend(known_actions(client), known_verbs(client))
  table.sort(words)
  return vim.tbl_filter(function(word)
    return vim.startswith(word, lead)
  end, words)
end

--- `:Glm` without a word opens the code action menu on our items.
---@param command vim.api.keyset.create_user_command.command_args
function M.run(command)
  local word, rest = command.args:match('^(%S*)%s*(.-)%s*$')
  if word == '' then
    local range = command.range > 0
        and { start = { command.line1, 0 }, ['end'] = { command.line2, #vim.fn.getline(command.line2) } }
      or nil
    return vim.lsp.buf.code_action({
      range = range,
      filter = function(_, id)
        local client = vim.lsp.get_client_by_id(id)
        return client ~= nil and client.name == 'glm'
      end,
    })
  end
  local lines = command.range > 0 and { first = command.line1, last = command.line2 } or nil
  if verbs[word] then
    return verbs[word](rest, command.bang, lines)
  end
  M.act(word, rest, lines)
end

return M

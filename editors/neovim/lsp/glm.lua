---@brief
--- GLM 5.1 behind Neovim's own verbs: `gra` (code action), `K` (hover), progress and cancel.
---
--- ```lua
--- vim.lsp.enable('glm')
--- ```
---
--- There is no `filetypes`: the server works on any text, so it joins every file that has a filetype.

--- A finding as the protocol has it, its columns as the client counts them.
---@param buf integer
---@param found vim.Diagnostic
---@param encoding 'utf-8'|'utf-16'|'utf-32'
---@return lsp.Diagnostic
local function protocol(buf, found, encoding)
  local function position(line, column)
    local text = vim.api.nvim_buf_get_lines(buf, line, line + 1, false)[1] or ''
    return { line = line, character = vim.str_utfindex(text, encoding, math.min(column, #text), false) }
  end
  local theirs = vim.tbl_get(found, 'user_data', 'lsp') or {}
  return {
    range = {
      start = position(found.lnum, found.col),
      ['end'] = position(found.end_lnum or found.lnum, found.end_col or found.col),
    },
    message = found.message,
    severity = found.severity,
    source = found.source,
    code = found.code,
    relatedInformation = theirs.relatedInformation,
  }
end

--- Neovim tells a server its own findings only. To fix what another server or a linter has found, ours has to know it.
---@param client vim.lsp.Client
---@param params lsp.CodeActionParams
---@param buf integer
local function add_findings(client, params, buf)
  if #(params.context.diagnostics or {}) > 0 then
    return
  end
  local first, last = params.range.start.line, params.range['end'].line
  params.context.diagnostics = {}
  for _, found in ipairs(vim.diagnostic.get(buf)) do
    if found.lnum <= last and (found.end_lnum or found.lnum) >= first then
      table.insert(params.context.diagnostics, protocol(buf, found, client.offset_encoding))
    end
  end
end

---@param text string
local function complain(text)
  vim.notify_once('GLM: ' .. text, vim.log.levels.ERROR)
end

--- Neovim does not start a program that is not there, and tells only its log. So the first file tells the user.
vim.api.nvim_create_autocmd('FileType', {
  group = vim.api.nvim_create_augroup('glm.program', {}),
  callback = function(event)
    local cmd = (vim.lsp.config.glm or {}).cmd
    if vim.bo[event.buf].buftype ~= '' or vim.lsp.is_enabled and not vim.lsp.is_enabled('glm') then
      return false
    end
    if type(cmd) == 'table' and vim.fn.executable(cmd[1]) == 0 then
      local how = 'Install it: in a clone of glm-lsp, `pipx install .`.'
      complain(('the server `%s` is not an executable program. %s'):format(cmd[1], how))
    end
    return true
  end,
})

--- Of a server that ended before it said a word Neovim knows only the code. Asked for its version, it says why.
---@param config vim.lsp.ClientConfig
local function complain_of(config)
  if type(config.cmd) ~= 'table' then
    return
  end
  local command = vim.tbl_filter(function(word)
    return word ~= 'serve' and word ~= '--stdio'
  end, config.cmd)
  table.insert(command, '--version')
  vim.system(command, { text = true, timeout = 10000, env = config.cmd_env }, function(done)
    local said = vim.trim(done.stderr or ''):match('[^\n]*$')
    local why = done.code ~= 0 and said ~= '' and said or 'The server does not start; `glm-lsp doctor` says why.'
    if why:find('SyntaxError') or why:find('No interpreter') then
      why = 'The server needs Python 3.11 or newer, and found an older one.'
    end
    vim.schedule(function()
      complain(why)
    end)
  end)
end

-- When a server was last started again, in seconds. One that ends time and again is left alone.
local started_again = -math.huge
local APART = 60

---@param code integer
---@param signal integer
---@param id integer
local function ended(code, signal, id)
  if code == 0 and (signal == 0 or signal == 15) then
    return
  end
  vim.schedule(function()
    local client = vim.lsp.get_client_by_id(id)
    if not client or vim.v.exiting ~= vim.NIL then
      return
    end
    if not client.initialized then
      return complain_of(client.config)
    end
    local now = vim.uv.now() / 1000
    if now - started_again < APART then
      return complain("the server has ended again. `:lua vim.lsp.enable('glm')` starts it; its log may say why.")
    end
    started_again = now
    -- Neovim forgets the client in what is scheduled next.
    vim.schedule(function()
      vim.lsp.enable('glm')
      vim.notify('GLM: the server ended unexpectedly, and was started again.', vim.log.levels.WARN)
    end)
  end)
end

--- The root of a buffer's project. One without a name has none, nor a server: to the protocol all of those are one
--- document, and Neovim takes that for the folder `/`.
---@param buf integer
---@param join fun(root: string?)
local function root_of(buf, join)
  if vim.api.nvim_buf_get_name(buf) == '' then
    return
  end
  for _, marker in ipairs(vim.lsp.config.glm.root_markers or {}) do
    local root = vim.fs.root(buf, marker)
    if root then
      return join(root)
    end
  end
  join()
end

--- A question opens a prompt, which would take the keys of somebody who types: so it waits until they rest.
local function question(...)
  local asking = coroutine.running()
  while vim.api.nvim_get_mode().mode ~= 'n' do
    vim.api.nvim_create_autocmd('ModeChanged', {
      pattern = '*:n',
      once = true,
      callback = vim.schedule_wrap(function()
        assert(coroutine.resume(asking))
      end),
    })
    vim.notify('GLM: a question waits until you are back in normal mode.')
    coroutine.yield()
  end
  return vim.lsp.handlers['window/showMessageRequest'](...)
end

---@type vim.lsp.Config
return {
  cmd = { 'glm-lsp' },
  root_markers = { '.glm', '.git' },
  root_dir = root_of,
  handlers = { ['window/showMessageRequest'] = question },
  on_exit = ended,
  on_init = function(client)
    local request = client.request
    ---@diagnostic disable-next-line: duplicate-set-field
    client.request = function(self, method, params, handler, bufnr)
      if method == 'textDocument/codeAction' then
        add_findings(self, params, vim.uri_to_bufnr(params.textDocument.uri))
      end
      return request(self, method, params, handler, bufnr)
    end
  end,
}

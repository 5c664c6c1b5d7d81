-- A language server inside the editor that does nothing but remember what it was told, so that a test can send the
-- editor exactly the request it means.
--
-- server.versions   of each document, the last one it was told
-- server.commands   {command, argument} of each `workspace/executeCommand`
-- server.answers    what a command is answered with, by its name

local server = { versions = {}, commands = {}, answers = {} }

vim.lsp.config('glm', {
  cmd = function(dispatchers)
    server.dispatchers = dispatchers
    local closing = false
    return {
      request = function(method, params, answer)
        if method == 'initialize' then
          answer(nil, {
            capabilities = {
              positionEncoding = 'utf-16',
              textDocumentSync = 2,
              codeActionProvider = true,
              executeCommandProvider = {
                commands = { 'glm.run', 'glm.cancel', 'glm.accept', 'glm.reject', 'glm.context', 'glm.suggest' },
              },
            },
          })
        elseif method == 'textDocument/codeAction' then
          answer(nil, {
            { title = 'GLM: Explain', data = { action = 'explain' } },
            { title = 'GLM: Suggest refactorings', data = { action = 'suggest' } },
          })
        elseif method == 'workspace/executeCommand' then
          table.insert(server.commands, { params.command, params.arguments[1] })
          answer(nil, server.answers[params.command] or vim.NIL)
        elseif method == 'shutdown' then
          answer(nil, vim.NIL)
        end
        return true, 1
      end,
      notify = function(method, params)
        if method == 'textDocument/didOpen' or method == 'textDocument/didChange' then
          server.versions[params.textDocument.uri] = params.textDocument.version
        elseif method == 'exit' then
          closing = true
        end
        return true
      end,
      is_closing = function()
        return closing
      end,
      terminate = function()
        closing = true
      end,
    }
  end,
})
vim.lsp.enable('glm')

-- Sends `glm/apply`; the version of each file is the one the server was told.
function server.apply(files)
  for _, file in ipairs(files) do
    file.version = server.versions[file.uri]
  end
  return server.dispatchers.server_request('glm/apply', { job = '1', label = 'GLM: Refactor', files = files })
end

-- Sends `glm/job`.
function server.tell(job)
  local range = { start = { line = 0, character = 0 }, ['end'] = { line = 0, character = 0 } }
  local whole = { job = '1', action = 'refactor', mode = 'edit', title = 'GLM: Refactor', tokens = 0, seconds = 0 }
  whole.range = range
  server.dispatchers.notification('glm/job', vim.tbl_extend('force', whole, job))
end

_G.server = server

-- A language server inside the editor that does nothing but remember which version of each document it was told, so
-- that a test can send the editor exactly the request it means.

local server = { versions = {} }

vim.lsp.config('glm', {
  cmd = function(dispatchers)
    server.dispatchers = dispatchers
    local closing = false
    return {
      request = function(method, _, answer)
        if method == 'initialize' then
          answer(nil, { capabilities = { positionEncoding = 'utf-16', textDocumentSync = 2 } })
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

_G.server = server

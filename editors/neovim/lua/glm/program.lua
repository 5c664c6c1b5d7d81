-- The server's program, for other things than serving: to log in, or to see whether it runs at all.

local M = {}

--- The command that runs `words` instead of the server; nil if the server is started otherwise.
---@param client vim.lsp.Client? that of which server; nil: as it is configured
---@param words string[]
---@return string[]? command, table<string, string>? environment
function M.command(client, words)
  local config = client and client.config or vim.lsp.config.glm or {}
  if type(config.cmd) ~= 'table' then
    return nil
  end
  local command = vim.tbl_filter(function(word)
    return word ~= 'serve' and word ~= '--stdio'
  end, config.cmd)
  return vim.list_extend(command, words), config.cmd_env
end

--- The version the program tells, or nil and its own last words.
---@return string? version, string? trouble
function M.version()
  local command, environment = M.command(nil, { '--version' })
  local ran, done = pcall(function()
    return vim.system(assert(command), { text = true, env = environment }):wait(10000)
  end)
  if not ran then
    return nil, tostring(done)
  end
  local said = vim.trim(done.code == 0 and done.stdout or done.stderr)
  said = said:match('[^\n]*$')
  if done.code == 0 then
    return said
  end
  return nil, said ~= '' and said or ('it ended with %d'):format(done.code)
end

return M

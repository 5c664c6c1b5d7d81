-- The key is asked for and kept by the server's own program, in a terminal: Neovim never holds it.

local M = {}

--- Opens a terminal below in which the key is asked for. `arguments`: of `glm-lsp login`.
---@param client vim.lsp.Client?
---@param arguments string
function M.open(client, arguments)
  local words = vim.list_extend({ 'login' }, vim.split(arguments, '%s+', { trimempty = true }))
  local command, environment = require('glm.program').command(client, words)
  if not command or vim.fn.executable(command[1]) == 0 then
    return require('glm.message').show('run `glm-lsp login` in a shell.', vim.log.levels.WARN)
  end
  local buf = vim.api.nvim_create_buf(false, true)
  vim.bo[buf].bufhidden = 'wipe'
  vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = buf, nowait = true, desc = 'Close the terminal' })
  vim.api.nvim_open_win(buf, true, { split = 'below', win = -1, height = 6 })
  vim.fn.jobstart(command, { term = true, env = environment })
  vim.cmd.startinsert()
end

return M

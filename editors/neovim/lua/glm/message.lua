-- What the user is told, and sees. After a message longer than the line Neovim waits for a key, and takes one that was
-- meant for the text: such a message is cut on the screen, and stands whole in `:messages`. And over one that comes in
-- insert mode it writes "-- INSERT --" at once: that one is shown again when the user leaves the mode.

local M = {}

local MORE = ' … :messages'
local COLOURS = { [vim.log.levels.WARN] = 'WarningMsg', [vim.log.levels.ERROR] = 'ErrorMsg' }

local group = vim.api.nvim_create_augroup('glm.message', {})

---@return integer cells that a message may fill without a prompt
local function room()
  return vim.v.echospace + math.max(vim.o.cmdheight - 1, 0) * vim.o.columns
end

---@param text string
---@param level integer?
local function echo(text, level)
  if vim.fn.strdisplaywidth(text) > room() then
    text = vim.fn.printf('%.*S', room() - vim.fn.strdisplaywidth(MORE), text) .. MORE
  end
  vim.api.nvim_echo({ { text, COLOURS[level] } }, false, {})
end

---@param text string
---@param level integer? of `vim.log.levels`
function M.show(text, level)
  text = 'GLM: ' .. text:gsub('\n', ' ')
  local option = vim.o.messagesopt
  vim.o.messagesopt = option:gsub('hit%-enter', 'wait:0')
  vim.notify(text, level)
  vim.o.messagesopt = option
  local mode = vim.api.nvim_get_mode().mode
  if mode ~= 'n' then
    vim.api.nvim_clear_autocmds({ group = group })
    vim.api.nvim_create_autocmd('ModeChanged', {
      group = group,
      pattern = '*:n',
      once = true,
      callback = vim.schedule_wrap(function()
        echo(text, level)
      end),
    })
  elseif vim.fn.strdisplaywidth(text) > room() then
    vim.cmd.redraw()
    echo(text, level)
  end
end

return M

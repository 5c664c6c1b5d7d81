-- Runs luacheck, which Debian has as plain Lua, in Neovim's own Lua: nvim -l luacheck.lua ROOT FILE…

local root = table.remove(arg, 1)
package.path = ('%s/usr/share/lua/5.1/?.lua;%s/usr/share/lua/5.1/?/init.lua;'):format(root, root) .. package.path
package.cpath = vim.fn.glob(root .. '/usr/lib/*/lua/5.1') .. '/?.so;' .. package.cpath
require('luacheck.main')

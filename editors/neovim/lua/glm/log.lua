-- The last changes of each buffer, line by line, so that an edit made for an older text finds its place in the newer.
--
-- A version in the protocol is the buffer's changedtick at its last change, and Neovim keeps changes back for up to
-- 150 ms. So when an edit arrives the buffer may be ahead of the version it was made for; how far, the log knows.

local M = {}

local LENGTH = 256

---@class glm.Change
---@field tick integer the changedtick after it
---@field first integer lines `first` to `last` (from 0, `last` not included) ...
---@field last integer
---@field new_last integer ... became the lines `first` to `new_last`

---@class glm.Log
---@field base integer the oldest version from which the changes are known
---@field changes glm.Change[] oldest first

---@type table<integer, glm.Log>
local logs = {}

local function version(buf)
  return vim.lsp.util.buf_versions[buf] or 0
end

--- Keeps the changes of `buf` from now on.
---@param buf integer
function M.follow(buf)
  local attached = logs[buf] ~= nil
  logs[buf] = { base = version(buf), changes = {} }
  if attached then
    return
  end
  vim.api.nvim_buf_attach(buf, false, {
    on_lines = function(_, _, tick, first, last, new_last)
      local log = logs[buf]
      if not log then
        return true
      end
      table.insert(log.changes, { tick = tick, first = first, last = last, new_last = new_last })
      if #log.changes > LENGTH then
        log.base = table.remove(log.changes, 1).tick
      end
    end,
    on_reload = function()
      logs[buf] = { base = version(buf), changes = {} }
    end,
    on_detach = function()
      logs[buf] = nil
    end,
  })
end

--- By how many lines the lines `first` to `last` (from 0, `last` not included) of the text at `since` have moved since.
---@param buf integer
---@param since integer a version of the protocol
---@param first integer
---@param last integer
---@return integer? lines nil: one of them was touched, or nobody knows
function M.moved(buf, since, first, last)
  local log = logs[buf]
  if not log or since < log.base then
    return nil
  end
  local moved = 0
  for _, change in ipairs(log.changes) do
    if change.tick > since then
      if change.last <= first + moved then
        moved = moved + change.new_last - change.last
      elseif change.first < last + moved then
        return nil
      end
    end
  end
  return moved
end

return M

-- Explanations, as they stream, in a window of their own that never takes the cursor.

local M = {}

---@type table<string, integer> the buffer of each explanation that streams
local buffers = {}

---@type integer? the window explanations are shown in, while it shows `latest`
local window

---@type integer? the buffer of the last one
local latest

local OPTIONS = { wrap = true, linebreak = true, number = false, relativenumber = false, conceallevel = 2 }

--- Whether the user sees the window, and has put nothing else in it.
local function is_there()
  return window
    and vim.api.nvim_win_is_valid(window)
    and vim.api.nvim_win_get_buf(window) == latest
    and vim.api.nvim_win_get_tabpage(window) == vim.api.nvim_get_current_tabpage()
end

---@return integer buf
local function open()
  local buf = vim.api.nvim_create_buf(false, true)
  vim.bo[buf].bufhidden = 'wipe'
  vim.bo[buf].filetype = 'markdown'
  vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = buf, nowait = true, desc = 'Close the explanation' })
  if is_there() then
    vim.api.nvim_win_set_buf(window, buf)
  else
    window = vim.api.nvim_open_win(buf, false, vim.g.glm_explanation or { split = 'right', win = -1 })
  end
  for option, value in pairs(OPTIONS) do
    vim.wo[window][0][option] = value
  end
  latest = buf
  return buf
end

---@param buf integer
---@param text string
---@param anew boolean? what was there no longer counts
local function append(buf, text, anew)
  if anew then
    vim.bo[buf].modifiable = true
    vim.api.nvim_buf_set_lines(buf, 0, -1, true, {})
  end
  local last = vim.api.nvim_buf_line_count(buf) - 1
  local column = #vim.api.nvim_buf_get_lines(buf, last, last + 1, true)[1]
  vim.bo[buf].modifiable = true
  vim.api.nvim_buf_set_text(buf, last, column, last, column, vim.split(text, '\r?\n'))
  vim.bo[buf].modifiable = false
end

--- Whether `job` answers with an explanation to be read here, not with one that becomes a comment.
---@param job glm.Job
local function explains(job)
  return job.mode == 'explain' and not job.delivery
end

---@param job glm.Job
function M.take(job)
  if explains(job) and job.text then
    local buf = buffers[job.key] or open()
    buffers[job.key] = buf
    if vim.api.nvim_buf_is_valid(buf) then
      append(buf, job.text.append, job.text.anew)
    end
  end
  if require('glm.jobs').is_over(job) then
    buffers[job.key] = nil
  end
end

return M

-- An edit that will be offered, as it streams: its new text so far, dimmed, below the lines it is about. Once it is
-- offered, `glm.preview` draws its hunks instead.

local M = {}

local namespace = vim.api.nvim_create_namespace('glm.stream')

-- Lines drawn at most, the last ones: what streams is watched at its end, and a redraw costs the same at any length.
local LONGEST = 40

---@class glm.Streamed
---@field buf integer
---@field mark integer
---@field lines string[] the last lines of the text so far, no more than are drawn
---@field hidden integer lines before them

---@type table<string, glm.Streamed>
local streams = {}

---@param job glm.Job
---@return glm.Streamed?
local function begun(job)
  local buf = vim.uri_to_bufnr(job.uri)
  if not vim.api.nvim_buf_is_loaded(buf) then
    return nil
  end
  local last = math.min(job.region['end'].line, vim.api.nvim_buf_line_count(buf))
  local mark = vim.api.nvim_buf_set_extmark(buf, namespace, math.max(last, 1) - 1, 0, {})
  return { buf = buf, mark = mark, lines = { '' }, hidden = 0 }
end

---@param stream glm.Streamed
---@param text string
local function append(stream, text)
  local new = vim.split(text, '\r?\n')
  stream.lines[#stream.lines] = stream.lines[#stream.lines] .. new[1]
  vim.list_extend(stream.lines, new, 2)
  local beyond = #stream.lines - LONGEST
  if beyond > 0 then
    stream.hidden = stream.hidden + beyond
    stream.lines = vim.list_slice(stream.lines, beyond + 1)
  end
end

---@param stream glm.Streamed
local function draw(stream)
  local empty = #stream.lines == 1 and stream.lines[1] == ''
  local shown = vim.tbl_map(function(line)
    return { { line == '' and ' ' or line, 'Comment' } }
  end, stream.lines)
  if stream.hidden > 0 then
    shown[1] = { { ('⋮ %d lines more'):format(stream.hidden + 1), 'Comment' } }
  end
  local row = vim.api.nvim_buf_get_extmark_by_id(stream.buf, namespace, stream.mark, {})[1] or 0
  local options = { id = stream.mark, virt_lines = not empty and shown or nil }
  vim.api.nvim_buf_set_extmark(stream.buf, namespace, row, 0, options)
end

--- Takes what is drawn away.
---@param key string
local function clear(key)
  local stream = streams[key]
  streams[key] = nil
  if stream and vim.api.nvim_buf_is_loaded(stream.buf) then
    vim.api.nvim_buf_del_extmark(stream.buf, namespace, stream.mark)
  end
end

---@param job glm.Job
function M.take(job)
  if job.delivery ~= 'preview' or job.mode ~= 'edit' then
    return
  end
  if job.state == 'offered' or require('glm.jobs').is_over(job) then
    return clear(job.key)
  end
  -- From the first word of the job on, so that the place is kept while the user types.
  streams[job.key] = streams[job.key] or begun(job)
  local stream = streams[job.key]
  if not stream or not vim.api.nvim_buf_is_loaded(stream.buf) then
    return
  end
  -- Waiting once more: the reply so far could not be used.
  if job.state == 'waiting' or job.text and job.text.anew then
    stream.lines, stream.hidden = { '' }, 0
    draw(stream)
  end
  if job.text and job.text.append ~= '' then
    append(stream, job.text.append)
    draw(stream)
  end
end

return M

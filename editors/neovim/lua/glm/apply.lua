-- `glm/apply`: an edit of the server's, made here, because Neovim's own `workspace/applyEdit` checks the version of the
-- first file only, not at all at version 0, and says "applied" of an edit it has skipped.
--
-- Each edit comes with the text it expects to replace. All of them are looked at before the first is made, in the text
-- there is now; one that does not fit, and nothing is changed. The answer is true.

local log = require('glm.log')

local M = {}

---@class glm.Edit
---@field range lsp.Range
---@field newText string lines end with \n
---@field oldText string

---@class glm.File
---@field uri string
---@field version integer? nil: not open here, as far as the server knows
---@field edits glm.Edit[]
---@field create boolean?
---@field rename string? the new URI
---@field delete boolean?

---@class glm.Apply
---@field job string
---@field label string
---@field files glm.File[]
---@field confirm string[]? why the user is to be asked first

---@class glm.Change.Ready
---@field first integer lines `first` to `last` (from 0, `last` not included) ...
---@field last integer
---@field lines string[] ... become these

--- The edit as whole lines of the buffer, or nil and the reason.
---@param buf integer
---@param edit glm.Edit
---@param moved integer lines it has moved since it was made
---@param encoding 'utf-8'|'utf-16'|'utf-32'
---@return glm.Change.Ready?, string?
local function ready(buf, edit, moved, encoding)
  local count = vim.api.nvim_buf_line_count(buf)
  local first, last = edit.range.start.line + moved, edit.range['end'].line + moved
  if last > count then
    return nil, 'the text is shorter than expected'
  end
  local lines = vim.api.nvim_buf_get_lines(buf, first, math.min(last + 1, count), true)
  if last == count then
    -- The protocol sees an empty line after the ending of the last one; Neovim does not.
    table.insert(lines, '')
  end
  local head = vim.str_byteindex(lines[1], encoding, edit.range.start.character, false)
  local tail = vim.str_byteindex(lines[#lines], encoding, edit.range['end'].character, false)
  local before, after = lines[1]:sub(1, head), lines[#lines]:sub(tail + 1)
  local text = table.concat(lines, '\n')
  if text:sub(head + 1, #text - #after) ~= edit.oldText then
    return nil, 'the text changed'
  end
  local until_after = before .. edit.newText
  local new = vim.split(until_after .. after, '\n', { plain = true })
  if tail == 0 and (until_after == '' or vim.endswith(until_after, '\n')) then
    -- The last line stays as it is, so it is left alone, with all that hangs on it.
    table.remove(new)
    last = last - 1
  end
  return { first = first, last = math.min(last + 1, count), lines = new }
end

--- All edits of a file, last first, or nil and the reason.
---@param buf integer
---@param file glm.File
---@param encoding 'utf-8'|'utf-16'|'utf-32'
---@return glm.Change.Ready[]?, string?
local function prepared(buf, file, encoding)
  if not vim.bo[buf].modifiable then
    return nil, 'the buffer cannot be modified'
  end
  local changes = {} ---@type glm.Change.Ready[]
  if file.create then
    -- For Neovim an empty buffer has a line; for the protocol a file that is not there has none.
    local text = file.edits[1] and file.edits[1].newText or ''
    local lines = vim.split((text:gsub('\n$', '')), '\n', { plain = true })
    return { { first = 0, last = vim.api.nvim_buf_line_count(buf), lines = lines } }
  end
  for _, edit in ipairs(file.edits) do
    local moved = 0 ---@type integer?
    if file.version then
      local stop = edit.range['end']
      moved = log.moved(buf, file.version, edit.range.start.line, stop.line + (stop.character > 0 and 1 or 0))
    end
    if not moved then
      return nil, 'the text changed'
    end
    local change, reason = ready(buf, edit, moved, encoding)
    if not change then
      return nil, reason
    end
    table.insert(changes, change)
  end
  -- Last first, so that a change does not move those that are still to be made.
  table.sort(changes, function(a, b)
    return a.first > b.first
  end)
  for index = 2, #changes do
    if changes[index].last > changes[index - 1].first then
      return nil, 'two of the edits stand on one line'
    end
  end
  return changes
end

---@param buf integer
---@return boolean
local function has_text(buf)
  return vim.api.nvim_buf_line_count(buf) > 1 or vim.api.nvim_buf_get_lines(buf, 0, 1, true)[1] ~= ''
end

--- The buffer of a file, or nil and the reason.
---@param file glm.File
---@return integer?, string?
local function buffer_of(file)
  local new = file.rename or file.create and file.uri
  if new and vim.uv.fs_stat(vim.uri_to_fname(new)) then
    return nil, 'the file is there already'
  end
  local buf = vim.uri_to_bufnr(file.uri)
  if not vim.api.nvim_buf_is_loaded(buf) then
    vim.fn.bufload(buf)
    vim.bo[buf].buflisted = true
  elseif file.create and has_text(buf) then
    return nil, 'a buffer of that name has text already'
  end
  if file.delete and vim.bo[buf].modified then
    return nil, 'the file has unsaved changes'
  end
  return buf
end

---@param buf integer
---@param changes glm.Change.Ready[]
local function write(buf, changes)
  -- Setting 'undolevels' closes the undo block: one `u` takes back the edit, not what the user was typing around it.
  vim.bo[buf].undolevels = vim.bo[buf].undolevels
  for _, change in ipairs(changes) do
    vim.api.nvim_buf_set_lines(buf, change.first, change.last, true, change.lines)
  end
  vim.bo[buf].undolevels = vim.bo[buf].undolevels
end

---@param file glm.File
---@param buf integer
local function finish(file, buf)
  local path = vim.uri_to_fname(file.uri)
  if file.rename then
    vim.lsp.util.rename(path, vim.uri_to_fname(file.rename))
  elseif file.delete then
    vim.api.nvim_buf_delete(buf, {})
    vim.fs.rm(path)
  end
end

---@param edit glm.Apply
---@return boolean
local function allowed(edit)
  if not edit.confirm or #edit.confirm == 0 then
    return true
  end
  local question = table.concat({ edit.label .. '?', unpack(edit.confirm) }, '\n')
  return vim.fn.confirm(question, '&Apply\n&Discard', 2, 'Question') == 1
end

---@param edit glm.Apply
---@param client_id integer
---@return { applied: boolean, reason: string? }
function M.take(edit, client_id)
  local client = assert(vim.lsp.get_client_by_id(client_id))
  if not allowed(edit) then
    return { applied = false, reason = 'discarded' }
  end
  local plan = {} ---@type { file: glm.File, buf: integer, changes: glm.Change.Ready[] }[]
  for _, file in ipairs(edit.files) do
    local buf, changes, reason
    buf, reason = buffer_of(file)
    if buf then
      changes, reason = prepared(buf, file, client.offset_encoding)
    end
    if not buf or not changes then
      return { applied = false, reason = reason }
    end
    table.insert(plan, { file = file, buf = buf, changes = changes })
  end
  for _, step in ipairs(plan) do
    write(step.buf, step.changes)
    finish(step.file, step.buf)
  end
  return { applied = true }
end

return M

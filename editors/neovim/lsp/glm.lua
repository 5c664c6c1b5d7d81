---@brief
--- GLM 5.1 behind Neovim's own verbs: `gra` (code action), `K` (hover), progress and cancel.
---
--- ```lua
--- vim.lsp.enable('glm')
--- ```
---
--- There is no `filetypes`: the server works on any text, so it joins every file that has a filetype.

--- A finding as the protocol has it, its columns as the client counts them.
---@param buf integer
---@param found vim.Diagnostic
---@param encoding 'utf-8'|'utf-16'|'utf-32'
---@return lsp.Diagnostic
local function protocol(buf, found, encoding)
  local function position(line, column)
    local text = vim.api.nvim_buf_get_lines(buf, line, line + 1, false)[1] or ''
    return { line = line, character = vim.str_utfindex(text, encoding, math.min(column, #text), false) }
  end
  local theirs = vim.tbl_get(found, 'user_data', 'lsp') or {}
  return {
    range = {
      start = position(found.lnum, found.col),
      ['end'] = position(found.end_lnum or found.lnum, found.end_col or found.col),
    },
    message = found.message,
    severity = found.severity,
    source = found.source,
    code = found.code,
    relatedInformation = theirs.relatedInformation,
  }
end

--- Neovim tells a server its own findings only. To fix what another server or a linter has found, ours has to know it.
---@param client vim.lsp.Client
---@param params lsp.CodeActionParams
---@param buf integer
local function add_findings(client, params, buf)
  if #(params.context.diagnostics or {}) > 0 then
    return
  end
  local first, last = params.range.start.line, params.range['end'].line
  params.context.diagnostics = {}
  for _, found in ipairs(vim.diagnostic.get(buf)) do
    if found.lnum <= last and (found.end_lnum or found.lnum) >= first then
      table.insert(params.context.diagnostics, protocol(buf, found, client.offset_encoding))
    end
  end
end

---@type vim.lsp.Config
return {
  cmd = { 'glm-lsp' },
  root_markers = { '.glm', '.git' },
  on_init = function(client)
    local request = client.request
    ---@diagnostic disable-next-line: duplicate-set-field
    client.request = function(self, method, params, handler, bufnr)
      if method == 'textDocument/codeAction' then
        add_findings(self, params, vim.uri_to_bufnr(params.textDocument.uri))
      end
      return request(self, method, params, handler, bufnr)
    end
  end,
}

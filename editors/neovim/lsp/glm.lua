---@brief
--- GLM 5.1 behind Neovim's own verbs: `gra` (code action), `K` (hover), progress and cancel.
---
--- ```lua
--- vim.lsp.enable('glm')
--- ```
---
--- There is no `filetypes`: the server works on any text, so it joins every file that has a filetype.
---@type vim.lsp.Config
return {
  cmd = { 'glm-lsp' },
  root_markers = { '.glm', '.git' },
}

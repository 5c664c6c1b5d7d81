-- What the plugin adds to `lsp/glm.lua`: the command `:Glm`, and that this editor shows jobs and applies edits by
-- itself. Nothing else is loaded before it is used.

if vim.g.loaded_glm or vim.fn.has('nvim-0.11') == 0 then
  return
end
vim.g.loaded_glm = true

vim.lsp.config('glm', {
  capabilities = { experimental = { glm = { jobs = true, apply = true } } },
  handlers = {
    ['glm/job'] = function(_, job, context)
      require('glm.jobs').take(job, context.client_id)
    end,
    ['glm/apply'] = function(_, edit, context)
      return require('glm.apply').take(edit, context.client_id)
    end,
  },
})

local group = vim.api.nvim_create_augroup('glm', {})

vim.api.nvim_create_autocmd('LspAttach', {
  group = group,
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if client and client.name == 'glm' then
      require('glm.log').follow(event.buf)
    end
  end,
})

vim.api.nvim_create_user_command('Glm', function(command)
  require('glm.command').run(command)
end, {
  desc = 'Ask GLM about the lines of the range, or the place of the cursor',
  nargs = '*',
  bang = true,
  range = true,
  complete = function(lead, line)
    return require('glm.command').complete(lead, line)
  end,
})

-- `:checkhealth glm`

local M = {}

local health = vim.health

local function check_server()
  local config = vim.lsp.config.glm
  if not config then
    return health.error("`lsp/glm.lua` is not in 'runtimepath'", 'Install the plugin, or copy `lsp/glm.lua`.')
  end
  local program = type(config.cmd) == 'table' and config.cmd[1] or nil
  if program and vim.fn.executable(program) == 0 then
    return health.error(
      ('`%s` is not an executable program'):format(program),
      { 'Install it: in a clone of glm-lsp, `pipx install .`.', 'Or set `cmd`: see `:help glm-setup`.' }
    )
  end
  if program then
    local version, trouble = require('glm.program').version()
    if not version then
      return health.error(('`%s` does not run: %s'):format(program, trouble), 'See `:help glm-setup`.')
    end
    health.ok(('the server is `%s`, %s'):format(program, version))
  end
  -- Before 0.12 nobody can tell.
  if vim.lsp.is_enabled and not vim.lsp.is_enabled('glm') then
    health.warn('the server is not enabled', "Add `vim.lsp.enable('glm')` to your init.lua.")
  end
end

local function check_clients()
  local clients = vim.lsp.get_clients({ name = 'glm' })
  if #clients == 0 then
    return health.info('no server runs yet: it starts with the first file that has a filetype')
  end
  for _, client in ipairs(clients) do
    local answer, err = client:request_sync(
      'workspace/executeCommand',
      { command = 'glm.status', arguments = { vim.empty_dict() } },
      3000
    )
    local status = answer and answer.result
    if type(status) ~= 'table' then
      health.error(('client %d does not answer: %s'):format(client.id, err or vim.inspect(answer and answer.err)))
    else
      health.ok(
        ('client %d: glm-lsp %s, %s at %s, %d buffers'):format(
          client.id,
          status.version,
          status.model,
          status.endpoint,
          vim.tbl_count(client.attached_buffers)
        )
      )
    end
  end
end

function M.check()
  health.start('glm')
  if vim.fn.has('nvim-0.11') == 0 then
    return health.error('Neovim is older than 0.11', 'Use Neovim 0.11 or later.')
  end
  health.ok(('Neovim %s'):format(vim.version()))
  check_server()
  check_clients()
  health.info('`glm-lsp doctor` in a shell checks the key, the endpoint and the grammars')
end

return M

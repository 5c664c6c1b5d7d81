"""Files whose change can run something, or change what guards the user: always written with the user's word only."""

from __future__ import annotations

import unicodedata

_FOLDERS = frozenset(
    {".vscode", ".idea", ".zed", ".helix", ".git", ".github", ".gitlab", ".circleci", ".husky", ".githooks", ".glm"}
    | {
        ".nvim",
        ".vim",
        ".cursor",
        ".claude",
        ".codex",
        ".gemini",
        ".windsurf",
        ".continue",
        ".roo",
        ".clinerules",
        ".fleet",
    }
    | {".devcontainer", ".buildkite", ".woodpecker", ".ci", ".forgejo", ".gitea", ".ssh", ".aws", ".cargo", ".direnv"}
    | {"node_modules", "site-packages", ".venv", "hooks"}
)
_NAMES = frozenset(
    {".nvim.lua", ".nvimrc", ".exrc", ".vimrc", ".lvimrc", ".dir-locals.el", ".emacs", ".editorconfig", ".projectile"}
    | {"makefile", "gnumakefile", "bsdmakefile", "justfile", ".justfile", "rakefile", "dockerfile", "containerfile"}
    | {
        "vagrantfile",
        "procfile",
        "jenkinsfile",
        "tiltfile",
        "earthfile",
        "taskfile.yml",
        "taskfile.yaml",
        "cmakelists.txt",
    }
    | {"package.json", "composer.json", "gemfile", "build.gradle", "build.gradle.kts", "settings.gradle", "pom.xml"}
    | {"pyproject.toml", "setup.py", "setup.cfg", "tox.ini", "noxfile.py", "conftest.py", "sitecustomize.py", "pipfile"}
    | {
        "usercustomize.py",
        "cargo.toml",
        "build.rs",
        "go.mod",
        "deno.json",
        "bunfig.toml",
        ".npmrc",
        ".yarnrc",
        ".netrc",
    }
    | {
        ".yarnrc.yml",
        ".pnpmfile.cjs",
        ".pypirc",
        ".bashrc",
        ".bash_profile",
        ".profile",
        ".zshrc",
        ".zshenv",
        ".zprofile",
    }
    | {
        ".bash_login",
        ".bash_logout",
        ".zlogin",
        ".inputrc",
        ".tmux.conf",
        ".gitconfig",
        ".gitmodules",
        ".gitattributes",
    }
    | {".gitignore", ".pre-commit-config.yaml", ".gitlab-ci.yml", ".travis.yml", "azure-pipelines.yml", ".drone.yml"}
    | {
        "appveyor.yml",
        ".appveyor.yml",
        "bitbucket-pipelines.yml",
        "cloudbuild.yaml",
        "docker-compose.yml",
        "compose.yml",
    }
    | {"docker-compose.yaml", "compose.yaml", ".envrc", ".mise.toml", "mise.toml", ".tool-versions", "agents.md"}
    | {
        "claude.md",
        "gemini.md",
        ".cursorrules",
        ".windsurfrules",
        ".clinerules",
        "copilot-instructions.md",
        ".mcp.json",
    }
    | {
        "mcp.json",
        "flake.nix",
        "default.nix",
        "shell.nix",
        "lefthook.yml",
        ".lefthook.yml",
        "authorized_keys",
        "crontab",
    }
    | {
        "pnpm-lock.yaml",
        "package-lock.json",
        "yarn.lock",
        "poetry.lock",
        "uv.lock",
        "cargo.lock",
        "gemfile.lock",
        "go.sum",
    }
    | {
        "composer.lock",
        "pipfile.lock",
        "pdm.lock",
        "bun.lock",
        "bun.lockb",
        "flake.lock",
        "deno.lock",
        "npm-shrinkwrap.json",
    }
    | {
        "requirements.txt",
        "constraints.txt",
        "binding.gyp",
        "meson.build",
        "wscript",
        "sconstruct",
        "build.bazel",
        "workspace",
    }
)
_ENDINGS = (".code-workspace", ".sublime-project", ".pth", ".lock", ".vcxproj", ".csproj", ".fsproj", ".vbproj", ".sln")
_ENDINGS += (".service", ".desktop", ".gradle", ".mk")
_IGNORED = frozenset({"Cf", "Mn", "Me"})


def protected(path: str) -> bool:
    """Whether the file at `path` (below its workspace folder, with `/`) is written only after the user said so, in
    whatever case, Unicode form or with whatever invisible characters its name is spelled."""
    parts = [_plain(part) for part in path.replace("\\", "/").split("/")]
    name = parts[-1]
    return (
        any(part in _FOLDERS for part in parts[:-1])
        or name in _NAMES
        or name in _FOLDERS
        or name.endswith(_ENDINGS)
        or name.startswith((".env", "dockerfile.", "requirements"))
    )


def _plain(part: str) -> str:
    folded = unicodedata.normalize("NFKC", part).casefold()
    seen = "".join(each for each in unicodedata.normalize("NFD", folded) if unicodedata.category(each) not in _IGNORED)
    return unicodedata.normalize("NFKC", seen).casefold().rstrip(". ")

"""Files whose change can run something, or change what guards the user: always written with the user's word only."""

# ruff: noqa: SIM905 - a table of words reads best as one

from __future__ import annotations

import unicodedata

_FOLDERS = frozenset(
    ".aws .buildkite .cargo .ci .circleci .claude .clinerules .codex .continue .cursor .devcontainer "
    ".direnv .fleet .forgejo "
    ".gemini .git .gitea .githooks .github .gitlab .glm .helix .husky .idea .nvim .roo .ssh .venv "
    ".vim .vscode .windsurf "
    ".woodpecker .zed node_modules site-packages".split()
)
_NAMES = frozenset(
    # editors and agents
    ".nvim.lua .nvimrc .exrc .vimrc .lvimrc .dir-locals.el .emacs .editorconfig .projectile "
    "agents.md claude.md gemini.md "
    ".cursorrules .windsurfrules .clinerules copilot-instructions.md .mcp.json mcp.json "
    # shells, git, keys
    ".bashrc .bash_profile .bash_login .bash_logout .profile .zshrc .zshenv .zprofile .zlogin "
    ".inputrc .tmux.conf .envrc "
    ".gitconfig .gitmodules .gitattributes .gitignore .netrc .npmrc .pypirc authorized_keys crontab "
    # builds and what they run
    "makefile gnumakefile bsdmakefile justfile .justfile rakefile dockerfile containerfile "
    "vagrantfile procfile jenkinsfile "
    "tiltfile earthfile taskfile.yml taskfile.yaml cmakelists.txt meson.build wscript sconstruct build.bazel workspace "
    "package.json composer.json gemfile build.gradle build.gradle.kts settings.gradle pom.xml pyproject.toml setup.py "
    "setup.cfg tox.ini noxfile.py conftest.py sitecustomize.py usercustomize.py pipfile cargo.toml "
    "build.rs go.mod deno.json "
    "bunfig.toml .yarnrc .yarnrc.yml .pnpmfile.cjs binding.gyp .mise.toml mise.toml .tool-versions "
    "flake.nix default.nix "
    "shell.nix requirements.txt constraints.txt "
    # continuous integration
    ".pre-commit-config.yaml lefthook.yml .lefthook.yml .gitlab-ci.yml .travis.yml azure-pipelines.yml .drone.yml "
    "appveyor.yml .appveyor.yml bitbucket-pipelines.yml cloudbuild.yaml docker-compose.yml "
    "docker-compose.yaml compose.yml "
    "compose.yaml "
    # locks
    "pnpm-lock.yaml package-lock.json npm-shrinkwrap.json go.sum bun.lockb".split()
)
_ENDINGS = tuple(
    ".code-workspace .sublime-project .pth .lock .vcxproj .csproj .fsproj .vbproj .sln .service "
    ".desktop .gradle .mk".split()
)
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


def of_git(path: str) -> bool:
    """Whether the file at `path` lies in git's own folder, in whatever spelling some system takes for it."""
    return any(_plain(part) in (".git", "git~1") for part in path.replace("\\", "/").split("/"))


def why_protected(path: str) -> str:
    """What the user is told before the file at `path` is written; "" if it is not protected."""
    return f"{path} is a file that can run commands or change how tools behave." if protected(path) else ""


def _plain(part: str) -> str:
    folded = unicodedata.normalize("NFKC", part).casefold()
    seen = "".join(each for each in unicodedata.normalize("NFD", folded) if unicodedata.category(each) not in _IGNORED)
    return unicodedata.normalize("NFKC", seen).casefold().rstrip(". ")

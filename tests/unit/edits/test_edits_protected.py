"""Files that run commands are never changed without the user's word, however their names are spelled."""

from __future__ import annotations

import unicodedata

import pytest

from glm_lsp.edits.protected import protected

NAMES = [
    *(
        ".vscode/settings.json",
        ".idea/workspace.xml",
        ".zed/tasks.json",
        ".helix/config.toml",
        ".git/config",
        ".nvim.lua",
    ),
    *(".git/hooks/pre-commit", ".github/workflows/ci.yml", ".gitlab-ci.yml", ".exrc", "app.code-workspace", "Makefile"),
    *(
        "package.json",
        "sub/package.json",
        "package-lock.json",
        "yarn.lock",
        "poetry.lock",
        "Cargo.lock",
        "go.sum",
        "uv.lock",
    ),
    *(
        ".bashrc",
        ".zshrc",
        ".profile",
        ".envrc",
        ".env",
        ".env.local",
        "AGENTS.md",
        "CLAUDE.md",
        ".cursorrules",
        "setup.py",
    ),
    *(
        ".cursor/rules/a.mdc",
        ".glm/rules.md",
        ".glm/actions/a.md",
        "Dockerfile",
        "Dockerfile.dev",
        "docker-compose.yml",
    ),
    *(
        "pyproject.toml",
        "conftest.py",
        ".pre-commit-config.yaml",
        "Jenkinsfile",
        "build.gradle",
        "pom.xml",
        "Cargo.toml",
    ),
    *(
        "build.rs",
        "go.mod",
        ".npmrc",
        ".devcontainer/devcontainer.json",
        ".husky/pre-push",
        "requirements-dev.txt",
        "a.pth",
    ),
]


@pytest.mark.parametrize("name", NAMES)
def test_every_spelling_is_protected(name: str) -> None:
    assert protected(name)
    assert protected(name.upper())
    assert protected(f"deep/er/{name}")
    assert protected(unicodedata.normalize("NFD", name))
    assert protected("".join(chr(ord(each) + 0xFEE0) if each.isalnum() else each for each in name))
    assert protected(name[:2] + "\u200b" + name[2:])
    assert protected(name[:1] + "\u00ad" + name[1:])


@pytest.mark.parametrize(
    "name",
    [
        *(
            "src/a.py",
            "src/hooks/useThing.ts",
            "README.md",
            "docs/make.md",
            "src/package.py",
            "tests/test_setup.py",
            "a.json",
        ),
        *(
            "src/environment.ts",
            "lib/makefile_parser.py",
            "git.py",
            "vscode.ts",
            "lock.go",
            "workspace/a.py",
            "idea/x.txt",
        ),
    ],
)
def test_ordinary_files_are_not(name: str) -> None:
    """A question at every edit is one nobody reads."""
    assert not protected(name)

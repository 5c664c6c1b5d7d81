"""What programs we start may know: a key in their surroundings can be read by whoever looks at the process."""

from __future__ import annotations

from glm_lsp.workspace.surroundings import without_keys


def test_keys_stay_here_and_the_rest_goes_along() -> None:
    private = dict.fromkeys(
        ("OXEN_API_KEY", "GLM_LSP_API_KEY", "my_token", "DB_PASSWORD", "AWS_SECRET_ACCESS_KEY"), "x"
    )
    public = {"PATH": "/bin", "HOME": "/home/a", "GIT_CONFIG_GLOBAL": "/x", "GLM_LSP_STATE": "/s"}
    assert without_keys(private | public) == public

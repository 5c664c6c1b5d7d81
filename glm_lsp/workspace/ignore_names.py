"""File names that tell of secrets inside. No setting lifts these (users-and-security D10)."""

# ruff: noqa: SIM905 - a list of words reads best as words
from __future__ import annotations

import re
import unicodedata
from fnmatch import translate
from functools import cache
from pathlib import PurePath

FILES = """
.env* *.env _env
*.pem *.key *.p8 *.p12 *.pfx *.pkcs12 *.jks *.keystore *.bks *.kdb *.kdbx *.ppk *.agekey *.keytab *.ovpn *.gpg
secring.* id_rsa* id_dsa* id_ecdsa* id_ed25519* id_xmss*
.npmrc .yarnrc .yarnrc.yml .pypirc .netrc _netrc .authinfo .authinfo.* .pgpass pgpass.conf .my.cnf .mylogin.cnf
.htpasswd .git-credentials .dockercfg .dockerconfigjson .s3cfg .boto .databrickscfg .msmtprc .fetchmailrc .vault-token
.vault_pass* vault_pass* .terraformrc terraform.rc *.tfrc.json *.tfstate *.tfstate.* *.tfvars *.tfvars.json
kubeconfig *.kubeconfig kubeconfig.* *service-account*.json *service_account*.json *serviceaccount*.json
*firebase-adminsdk*.json client_secret*.json application_default_credentials.json local.settings.json
credentials credentials.json credentials.toml credentials.yml credentials.yaml credentials.ini credentials.csv
credentials.db .credentials .credentials.* *.credentials
secret.json secret.yml secret.yaml secret.toml secrets.json secrets.yml secrets.yaml secrets.toml secrets.ini
secrets.env secrets.*.json secrets.*.yml secrets.*.yaml secrets.*.toml .secrets .secrets.* *.secret *.secrets
rclone.conf .rclone.conf settings-security.xml auth_config.toml .bash_history .zsh_history .python_history
.psql_history .mysql_history .node_repl_history
""".split()

KEYS_WITHOUT_SUFFIX = "id_*"
"""Without a dot in the name or before `.pub`: `id_work` is a key, `id_generator.py` is a program."""

FOLDERS = """
.ssh .gnupg .aws .azure .kube .gcloud .password-store .env .envs .secrets
""".split()

PLACES = """
.docker/config.json .git/config .config/gcloud .config/gh/hosts.yml .config/hub .cargo/credentials.toml .m2/settings.xml
.gem/credentials .bundle/config .composer/auth.json .config/rclone .snowsql/config .config/op .terraform.d
""".split()


def secret_name(place: PurePath | str) -> str | None:
    """The pattern by which the name of `place`, or of a folder it is in, tells of secrets.

    Letter case, separators and other ways to write the same name (full-width letters, trailing dots and streams as
    Windows reads them) make no difference.
    """
    parts = [_plain(part) for part in re.split(r"[/\\]", str(place)) if part]
    if not parts:
        return None
    *folders, name = parts
    if _files().match(name):
        return next(pattern for pattern in FILES if re.match(translate(pattern), name))
    if re.fullmatch(r"id_[^.]+(?:\.pub)?", name):
        return KEYS_WITHOUT_SUFFIX
    for folder in folders:
        if folder in FOLDERS:
            return folder + "/"
    path = "/" + "/".join(parts) + "/"
    return next((known for known in PLACES if f"/{known}/" in path), None)


@cache
def _files() -> re.Pattern[str]:
    return re.compile("|".join(translate(pattern) for pattern in FILES))


def _plain(name: str) -> str:
    name = unicodedata.normalize("NFKC", name).casefold()
    visible = "".join(character for character in name if unicodedata.category(character) != "Cf")
    return visible.partition(":")[0].rstrip(". ") or visible

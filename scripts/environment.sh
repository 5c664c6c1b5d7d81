# Sourced by the other scripts: makes a private Python environment, once, from the lock files.
#
#   make_environment FOLDER LOCK [editable|wheel]
#
# Made anew when the lock changes (or, for a wheel, the package); untouched otherwise. Nothing outside FOLDER is written, except that,
# as root on Debian, a missing python3-venv is installed.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
unset PYTHONDONTWRITEBYTECODE PYTHONPATH PYTHONHOME VIRTUAL_ENV

say() { printf '%s\n' "$*" >&2; }

newest_python() {
  local python
  for python in python3.13 python3.12 python3.11 python3; do
    if command -v "$python" >/dev/null && "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$python"
      return
    fi
  done
  say "glm-lsp needs Python 3.11 or newer, and found none. On Debian: apt-get install python3 python3-venv"
  exit 2
}

make_environment() {
  local folder=$1 lock=$2 how=${3:-editable} python stamp
  python=$(newest_python)
  stamp=$("$python" -VV; cat "$lock")
  if [ "$how" = wheel ]; then
    stamp+=$(find glm_lsp pyproject.toml README.md -type f -not -name '*.pyc' -print0 | sort -z | xargs -0 sha256sum)
  fi
  stamp=$(printf '%s' "$stamp" | sha256sum)
  if [ "$(cat "$folder/.stamp" 2>/dev/null)" = "$stamp" ]; then
    return
  fi
  say "Making the Python environment in $folder …"
  rm -rf "$folder"
  if ! "$python" -m venv "$folder" >/dev/null 2>&1; then
    rm -rf "$folder"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
      apt-get update -qq >&2 && apt-get install -y -qq python3-venv >&2
      "$python" -m venv "$folder"
    else
      say "Python's venv module is missing. As root on Debian: apt-get install python3-venv"
      exit 2
    fi
  fi
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
  if [ "$how" = wheel ]; then
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation .
  else
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
  fi
  printf '%s' "$stamp" >"$folder/.stamp"
}

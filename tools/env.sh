# Sourced: where the project's tools are.
export FROND_CACHE=${FROND_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/frond}
export FROND_TOOLS=$FROND_CACHE/tools
export PATH=$FROND_TOOLS/bin:$PWD/tools/node_modules/.bin:$PATH
export CHROMEDRIVER=${CHROMEDRIVER:-$(command -v chromedriver || true)}
export FROND_PYTHON=${FROND_PYTHON:-$FROND_CACHE/venv/bin/python}

# shellcheck shell=bash
# Shared by the scripts in this folder: source it, do not run it.
# It goes to the repository's root and puts the tools that script/bootstrap installs on PATH.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

# Where script/bootstrap puts Node.js when the distribution's is too old: outside any home
# folder, so that the sandbox can show it to participants' programs too.
readonly NODE_HOME=/opt/codecrafter/node

export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$HOME/.cache/codecrafter/target}"
PATH="$HOME/.cargo/bin:$PATH"
[[ ! -x $NODE_HOME/bin/node ]] || PATH="$NODE_HOME/bin:$PATH"
export PATH

# Tells the person something; standard output stays free for results.
say() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }

# One line of why and what to do, then the end.
die() {
  say "$*"
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# version_at_least HAVE WANT
version_at_least() { printf '%s\n%s\n' "$2" "$1" | sort -V -C; }

# Vite's rule: Node.js 20.19 and later 20.x, or 22.12 and later.
node_version_fits() {
  version_at_least "$1" 22.12 || { [[ $1 == 20.* ]] && version_at_least "$1" 20.19; }
}

# Older ones refuse the lock file of web/; Debian 13 has 9.2.
npm_version_fits() { version_at_least "$1" 9.5; }

# The oldest Rust that the workspace builds with.
rust_wanted() {
  local wanted
  wanted=$(sed -n 's/^rust-version *= *"\([0-9.]*\)".*/\1/p' Cargo.toml 2>/dev/null)
  echo "${wanted:-1.88}"
}

# digest FILE_OR_FOLDER...: changes when a path or a content below them does.
digest() {
  find "$@" \( -name node_modules -o -path web/dist \) -prune -o -type f -print0 |
    sort -z | xargs -0 sha256sum | sha256sum | cut -d ' ' -f 1
}

# npm_install FOLDER: `npm ci`, only when the lock file or Node.js has changed since the last.
npm_install() {
  local stamp="$1/node_modules/.installed" want
  want="$(node --version) $(digest "$1/package-lock.json")"
  [[ ! -f $stamp || $(<"$stamp") != "$want" ]] || return 0
  say "installing the packages of $1/package-lock.json"
  npm ci --prefix "$1" --no-audit --no-fund --no-update-notifier --loglevel=error >&2
  echo "$want" >"$stamp"
}

# Builds the web app into web/dist, where the executable takes it from at compile time.
build_web() {
  npm_install web
  local stamp=web/node_modules/.built want
  want=$(digest web)
  [[ ! -d web/dist || ! -f $stamp || $(<"$stamp") != "$want" ]] || return 0
  say "building the web app"
  npm run --silent --prefix web build >&2
  echo "$want" >"$stamp"
}

# Where PostgreSQL's server programs are: Debian keeps them out of PATH.
postgres_programs() {
  local -a folders=(/usr/lib/postgresql/*/bin)
  if [[ -x ${folders[-1]}/initdb ]]; then
    echo "${folders[-1]}"
  else
    dirname "$(command -v initdb)"
  fi
}

# proven ENGINE FILE: the closing line of an engine's tests, whose output FILE holds.
proven() {
  local cases
  cases=$(sed -n 's/^test result: ok\. \([0-9]*\) passed.*/\1/p' "$2" | awk '{ sum += $1 } END { print sum + 0 }')
  ((cases > 0)) || die "$1: not proven: no case ran"
  echo "$1: proven ($cases cases)"
}

# Where RabbitMQ's own programs are: those on PATH are Debian's, for the machine's one broker.
rabbitmq_programs() {
  if [[ -x /usr/lib/rabbitmq/bin/rabbitmq-server ]]; then
    echo /usr/lib/rabbitmq/bin
  else
    dirname "$(command -v rabbitmq-server)"
  fi
}

# build_agent FILE [CARGO-ARGUMENT...]: the first process of the containers of `docker:`, linked statically, since it runs
# in whatever image there is.
build_agent() {
  local file=$1 target flags
  shift
  target="$(uname -m)-unknown-linux-gnu"
  flags="${RUSTFLAGS:-} -C target-feature=+crt-static"
  RUSTFLAGS="$flags" cargo build --locked --package codecrafter-jail --bin codecrafter-agent --target "$target" "$@" >&2
  # Its folder is named after the profile.
  local profile=debug
  [[ " $* " != *" --release "* ]] || profile=release
  install -m 755 "$CARGO_TARGET_DIR/$target/$profile/codecrafter-agent" "$file"
}

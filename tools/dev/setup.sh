# Installs what is missing and nothing else. Sourced by ./dev.
#
# An entry is a Debian 12 package, or COMMAND=PACKAGE where another provider of the command will do.
# Ubuntu 24.04 has the same but for those that on_ubuntu() names.

readonly PACKAGES_RUN=(
  clang-19 lld-19 cmake=cmake ninja=ninja-build ccache=ccache git=git ca-certificates
  openssl=openssl pkg-config=pkg-config python3=python3 libboost1.81-dev libssl-dev
  libsimdjson-dev libspdlog-dev libfmt-dev libcli11-dev libtomlplusplus-dev
  libcurl4-openssl-dev nlohmann-json3-dev libsqlite3-dev librdkafka-dev libzstd-dev zlib1g-dev
  libgtest-dev libgmock-dev libbenchmark-dev libjs-chart.js
)
readonly PACKAGES_PACKAGE=(dpkg-shlibdeps=dpkg-dev)
readonly PACKAGES_TEST=(
  clang-format-19 clang-tidy-19 libclang-rt-19-dev llvm-19 node=nodejs npm=npm
  tinyproxy-bin javac=default-jdk-headless mvn=maven prometheus prometheus-alertmanager
  chromium dockerd=docker.io docker-compose=docker-compose mmdebstrap=mmdebstrap ip=iproute2
  lintian=lintian systemd-analyze=systemd python3-yaml
)

setup() {
  case $1 in
    run | package) setup_apt "$1" ;;
    test)
      setup_apt test
      setup_python
      setup_node
      setup_kafka
      setup_class_archives
      ;;
    *) fail "setup knows the tiers run, package and test, not '$1'" 2 ;;
  esac
  say "-- set up for '$1'"
}

setup_apt() {
  [[ ${DEV_SKIP_APT:-} ]] && return
  local wanted=("${PACKAGES_RUN[@]}")
  [[ $1 == run ]] || wanted+=("${PACKAGES_PACKAGE[@]}")
  [[ $1 != test ]] || wanted+=("${PACKAGES_TEST[@]}")
  ! is_ubuntu_24 || mapfile -t wanted < <(on_ubuntu "${wanted[@]}")
  local missing=()
  mapfile -t missing < <(missing_packages "${wanted[@]}")
  if [[ $1 == test ]] && ! python3 -c 'import ensurepip' 2>/dev/null; then
    missing+=(python3-venv)
  fi
  ((${#missing[@]} == 0)) || install_packages "${missing[@]}"
}

# A later Boost; and no browser, which is no package there: tests that need one are skipped.
on_ubuntu() {
  printf '%s\n' "$@" | sed 's/^libboost1\.81-dev$/libboost1.83-dev/; /^chromium$/d'
}

missing_packages() {
  local entry asked=()
  for entry in "$@"; do
    if [[ $entry != *=* ]]; then
      asked+=("$entry")
    elif ! PATH=$PATH:/usr/sbin command -v "${entry%%=*}" >/dev/null; then
      printf '%s\n' "${entry#*=}"
    fi
  done
  local installed
  installed=$(dpkg-query -W -f='${db:Status-Abbrev}${Package}\n' "${asked[@]}" 2>/dev/null |
    sed -n 's/^ii //p') || true
  for entry in "${asked[@]}"; do
    grep -qxF -- "$entry" <<<"$installed" || printf '%s\n' "$entry"
  done
}

install_packages() {
  local as_root=()
  if ! { is_debian_12 || is_ubuntu_24; } || ! command -v apt-get >/dev/null; then
    fail "this is neither Debian 12 nor Ubuntu 24.04; install what answers to these, then set \
DEV_SKIP_APT=1: $*"
  fi
  if ((EUID != 0)); then
    command -v sudo >/dev/null ||
      fail "these packages are missing, and there is neither root nor sudo to install them: $*"
    as_root=(sudo --preserve-env=http_proxy,https_proxy)
    sudo -v || fail "these packages are missing, and sudo refused: $*"
  fi
  say "-- missing packages: $*"
  step "apt-get update" "${as_root[@]}" apt-get update -q || return
  step "apt-get install of $# packages and what they need" "${as_root[@]}" \
    env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
}

is_debian_12() {
  (. /etc/os-release 2>/dev/null && [[ ${ID:-} == debian && ${VERSION_ID:-} == 12 ]])
}

is_ubuntu_24() {
  (. /etc/os-release 2>/dev/null && [[ ${ID:-} == ubuntu && ${VERSION_ID:-} == 24.04 ]])
}

# Both virtual environments are pinned by version and checksum.
setup_python() {
  venv_from tests/python/requirements.txt .cache/venv || return
  venv_from tests/python/requirements-clients.txt .cache/venv-clients
}

venv_from() {
  local requirements=$1 folder=$2 stamp
  [[ -f $requirements ]] || return 0
  stamp="$(sha256sum <"$requirements") $(python3 -V)"
  [[ -f $folder/.stamp && $(<"$folder/.stamp") == "$stamp" ]] && return
  rm -rf "$folder"
  step "Python packages into $folder" make_venv "$requirements" "$folder" || return
  printf '%s\n' "$stamp" >"$folder/.stamp"
}

make_venv() {
  python3 -m venv "$2" &&
    "$2/bin/python" -m pip install --disable-pip-version-check --require-hashes \
      --only-binary :all: -r "$1"
}

setup_node() {
  [[ -f tests/node/package-lock.json ]] || return 0
  local stamp
  stamp="$(cat tests/node/package.json tests/node/package-lock.json | sha256sum) $(node -v)"
  [[ -f .cache/node/.stamp && $(<.cache/node/.stamp) == "$stamp" ]] && return
  rm -rf .cache/node
  mkdir -p .cache/node
  cp tests/node/package.json tests/node/package-lock.json .cache/node/
  step "node packages into .cache/node" \
    npm ci --prefix .cache/node --ignore-scripts --no-audit --no-fund || return
  printf '%s\n' "$stamp" >.cache/node/.stamp
}

# A real broker and a real schema registry, pinned by version (tests/kafka/pom.xml) and checksum.
setup_kafka() {
  local folder=.cache/kafka stamp
  stamp=$(cat tests/kafka/pom.xml tests/kafka/sha256sums | sha256sum)
  [[ -f $folder/.stamp && $(<"$folder/.stamp") == "$stamp" ]] && return
  rm -rf "$folder"
  mkdir -p "$folder/registry"
  step "Kafka and a schema registry into $folder" fetch_kafka "$folder" || return
  printf '%s\n' "$stamp" >"$folder/.stamp"
}

# Brokers and registries that tests start load their classes from an archive, in half the time.
setup_class_archives() {
  local folder=.cache/java stamp
  stamp="$(cat tests/kafka/sha256sums tests/support/class_archives.py | sha256sum) $(java_version)"
  [[ -f $folder/.stamp && $(<"$folder/.stamp") == "$stamp $PWD" ]] && return
  rm -rf "$folder"
  mkdir -p "$folder"
  step "archives of Java classes into $folder" python3 -B tests/support/class_archives.py || return
  printf '%s\n' "$stamp $PWD" >"$folder/.stamp"
}

java_version() { java -version 2>&1 | head -n 1; }

fetch_kafka() {
  local sums=$PWD/tests/kafka/sha256sums
  mvn -q -B -f tests/kafka/pom.xml \
    org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
    -DoutputDirectory="$PWD/$1/libs" -DincludeScope=runtime &&
    (cd "$1/libs" && sha256sum --check --strict --quiet "$sums") &&
    tar -xzf "$1"/libs/apicurio-registry-app-*.tar.gz -C "$1/registry" &&
    rm "$1"/libs/apicurio-registry-app-*.tar.gz
}

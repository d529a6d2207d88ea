# Files of the package that are made while it is: by the program, or by gzip.
set(root "${CPACK_TEMPORARY_INSTALL_DIRECTORY}")

function(make path)
  file(WRITE "${root}${path}" "")
  execute_process(COMMAND ${ARGN} OUTPUT_FILE "${root}${path}" COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# No settings of who makes the package.
set(ask env -i HOME=/ "${CPACK_K2_PROGRAM}")
make(/etc/k2/k2.toml ${ask} config --toml --config /dev/null --symbols BTCUSDT,ETHUSDT
  --data-dir /var/lib/k2)
make(/usr/share/doc/k2/examples/k2.toml ${ask} config --toml --config /dev/null
  --symbols all:USDT --data-dir /var/lib/k2 --sink kafka
  --kafka-bootstrap-servers broker-1:9092,broker-2:9092
  --metrics-listen 0.0.0.0:9091)
make(/usr/share/bash-completion/completions/k2 ${ask} manual --bash-completion)
make(/usr/share/man/man1/k2.1 ${ask} manual)
execute_process(COMMAND gzip -9nf "${root}/usr/share/man/man1/k2.1" COMMAND_ERROR_IS_FATAL ANY)
make(/usr/share/doc/k2/changelog.gz gzip -9nc "${CPACK_K2_SOURCE_DIR}/CHANGELOG.md")

# A package has the date of SOURCE_DATE_EPOCH, or of its build.
execute_process(COMMAND sh -c "date -u -R -d @\${SOURCE_DATE_EPOCH:-$(date +%s)}"
  OUTPUT_VARIABLE day OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
set(changelog "${root}/usr/share/doc/k2/changelog.Debian")
set(version "${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}")
file(WRITE "${changelog}" "k2 (${version}) bookworm; urgency=medium

  * Built from its sources; changelog.gz says what changed.

 -- K2 <k2@example.org>  ${day}
")
execute_process(COMMAND gzip -9nf "${changelog}" COMMAND_ERROR_IS_FATAL ANY)

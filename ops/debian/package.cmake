# The Debian package, by `cpack` in a build folder (./dev package does it): the program, its unit,
# its settings, its manual, its completion, alerts and board. What the program can say of itself is
# asked of it when the package is made.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME k2)
set(CPACK_PACKAGE_VENDOR K2)
set(CPACK_PACKAGE_CONTACT "K2 <k2@example.org>")
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "records every trade of Binance, exactly once and in order")
set(CPACK_PACKAGE_DESCRIPTION
  "K2 streams the trades that Binance publishes into a durable journal and on\n"
  "into Kafka, notices every missing id, fetches what is missing, and proves\n"
  "that nothing was lost or doubled.")
string(REPLACE ";" "" CPACK_PACKAGE_DESCRIPTION "${CPACK_PACKAGE_DESCRIPTION}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, ca-certificates")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA "${CMAKE_CURRENT_LIST_DIR}/conffiles"
  "${CMAKE_CURRENT_LIST_DIR}/postinst" "${CMAKE_CURRENT_LIST_DIR}/prerm"
  "${CMAKE_CURRENT_LIST_DIR}/postrm")
# Only the program is wanted, not all that is built beside it.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)

install(TARGETS k2 RUNTIME DESTINATION bin)
install(FILES "${CMAKE_SOURCE_DIR}/ops/systemd/k2.service" DESTINATION /lib/systemd/system)
install(FILES "${CMAKE_CURRENT_LIST_DIR}/copyright" DESTINATION share/doc/k2)
install(FILES "${CMAKE_CURRENT_LIST_DIR}/lintian-overrides" DESTINATION share/lintian/overrides
  RENAME k2)
install(DIRECTORY "${CMAKE_SOURCE_DIR}/ops/prometheus" "${CMAKE_SOURCE_DIR}/ops/grafana"
  DESTINATION share/doc/k2/examples)
set(CPACK_K2_SOURCE_DIR "${CMAKE_SOURCE_DIR}")
set(CPACK_K2_PROGRAM "${CMAKE_BINARY_DIR}/k2")
set(CPACK_PRE_BUILD_SCRIPTS "${CMAKE_CURRENT_LIST_DIR}/made_files.cmake")

include(CPack)

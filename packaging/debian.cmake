# The Debian packages, by cpack: rollcall and mosquitto-plugin-rollcall, each with its debug symbols beside it.
set(debian ${CMAKE_CURRENT_SOURCE_DIR}/debian)
set(ROLLCALL_DEB_REVISION 1 CACHE STRING "what stands behind the version in the packages' names")
set(ROLLCALL_DEB_VERSION ${PROJECT_VERSION} CACHE STRING "the packages' version")
set(ROLLCALL_DEB_MAINTAINER "Rollcall developers <rollcall@example.org>" CACHE STRING "who answers for the packages")
string(TIMESTAMP ROLLCALL_DEB_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)  # of SOURCE_DATE_EPOCH

foreach(component bridge plugin)
  set(name rollcall)
  if(component STREQUAL plugin)
    set(name mosquitto-plugin-rollcall)
  endif()
  set(ROLLCALL_DEB_NAME ${name})
  configure_file(${debian}/changelog.in ${work}/${component}-changelog @ONLY)
  compressed(${work}/${component}-changelog ${work}/${component}-changelog.gz)
  list(APPEND documents ${work}/${component}-changelog.gz)
  install(FILES ${work}/${component}-changelog.gz DESTINATION ${${component}_doc} RENAME changelog.Debian.gz
          COMPONENT ${component})
  install(FILES ${debian}/${component}/lintian-overrides DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides
          RENAME ${name} COMPONENT ${component})

  string(TOUPPER ${component} COMPONENT)
  file(GLOB extra CONFIGURE_DEPENDS ${debian}/${component}/conffiles ${debian}/${component}/p*)
  set(CPACK_DEBIAN_${COMPONENT}_PACKAGE_CONTROL_EXTRA ${extra})
  set(CPACK_DEBIAN_${COMPONENT}_PACKAGE_NAME ${name})
endforeach()

install(FILES rollcall.json DESTINATION /etc/rollcall COMPONENT bridge)
install(FILES ${work}/rollcall.conf DESTINATION /etc/mosquitto/conf.d COMPONENT plugin)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME rollcall)
set(CPACK_PACKAGE_VERSION ${ROLLCALL_DEB_VERSION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
# Into the debug packages goes what is taken from the programs: cpack must not strip them before.
set(CPACK_STRIP_FILES OFF)
set(CPACK_COMPONENTS_ALL bridge plugin)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE ${ROLLCALL_DEB_REVISION})
set(CPACK_DEBIAN_PACKAGE_MAINTAINER ${ROLLCALL_DEB_MAINTAINER})
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_DEBUGINFO_PACKAGE ON)

set(CPACK_DEBIAN_BRIDGE_PACKAGE_SECTION net)
set(CPACK_DEBIAN_BRIDGE_PACKAGE_DEPENDS "systemd | systemd-standalone-sysusers | systemd-sysusers")
set(CPACK_DEBIAN_BRIDGE_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_BRIDGE_PACKAGE_SUGGESTS "mosquitto-plugin-rollcall, prometheus, grafana")
set(CPACK_COMPONENT_BRIDGE_DESCRIPTION "tells which MQTT devices are there, and which are not
Rollcall gives each MQTT device a status, such as online, standby or
offline, from what the broker sees of it and from waits of your own,
without code on the device. It is published as retained messages, and
shown by a command line, an HTTP API and a web console.
.
This package has the bridge, a daemon that decides, and the command
line. Each Mosquitto that it follows needs the plugin of the package
mosquitto-plugin-rollcall, on the same machine or another.")

set(CPACK_DEBIAN_PLUGIN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PLUGIN_PACKAGE_DEPENDS "mosquitto (>= 2.0.11)")
set(CPACK_DEBIAN_PLUGIN_PACKAGE_RECOMMENDS rollcall)
set(CPACK_DEBIAN_PLUGIN_PACKAGE_ENHANCES mosquitto)
set(CPACK_COMPONENT_PLUGIN_DESCRIPTION "Mosquitto plugin that reports to Rollcall who connects
Rollcall gives each MQTT device a status, such as online, standby or
offline, from what the broker sees of it and from waits of your own,
without code on the device.
.
This package has the plugin for the Mosquitto broker. It reports
connections and their ends to the bridge of the package rollcall, on
the same machine or another, and lets nobody but that bridge write the
statuses.")

include(CPack)

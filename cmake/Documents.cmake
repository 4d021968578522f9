# What people read besides man pages, in the folders that it links to each other by.
install(FILES NEWS SECURITY.md DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(FILES docs/threat-model.md docs/glossary.md docs/json.md docs/agents.md docs/architecture.md docs/life-of-a-signature.md
  docs/testing.md docs/compatibility.md docs/portable.md docs/performance.md docs/performance.svg
  DESTINATION "${CMAKE_INSTALL_DOCDIR}/docs")
install(DIRECTORY runbooks DESTINATION "${CMAKE_INSTALL_DOCDIR}" FILES_MATCHING PATTERN "*.md"
  PATTERN ansible EXCLUDE PATTERN alerts EXCLUDE PATTERN systemd EXCLUDE)
install(DIRECTORY runbooks/ansible runbooks/systemd DESTINATION "${CMAKE_INSTALL_DOCDIR}/runbooks")
install(DIRECTORY runbooks/alerts DESTINATION "${CMAKE_INSTALL_DOCDIR}/runbooks"
  PATTERN nagios EXCLUDE PATTERN emergency-logins EXCLUDE)
install(PROGRAMS runbooks/alerts/nagios runbooks/alerts/emergency-logins DESTINATION "${CMAKE_INSTALL_DOCDIR}/runbooks/alerts")
install(FILES docs/examples/config docs/examples/halligan.conf DESTINATION "${CMAKE_INSTALL_DOCDIR}/examples")
install(PROGRAMS demo DESTINATION "${CMAKE_INSTALL_DOCDIR}/examples" COMPONENT softkey EXCLUDE_FROM_ALL)

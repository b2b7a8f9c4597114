#!/bin/sh
# Removes from PyFlink what a Table or SQL word count in a session cluster never loads, and puts the planner on the class path.
# Must leave out nothing that the JobManager, a TaskManager or a submitted job needs: the start of the image proves it.
set -eu
cd "$FLINK_HOME"
mkdir -p /opt/flink/plugins && mv plugins/metrics-prometheus /opt/flink/plugins/
rm -rf examples licenses testing plugins fn_execution/tests lib/log4j-layout-*.jar opt/flink-sql-client-*.jar
find . -type d -name tests -prune -exec rm -rf {} +
# The loader unpacks the planner into /tmp and loads it apart from all else, at the first job of each JobManager; as an ordinary
# jar it starts at once and its classes can be shared.
unzip -q -j lib/flink-table-planner-loader-*.jar flink-table-planner.jar -d lib && rm lib/flink-table-planner-loader-*.jar
mv opt/flink-python-*.jar lib/
case $(uname -m) in x86_64) other=aarch ;; *) other=x86_64 ;; esac
zip -q -d lib/flink-dist-*.jar '*.dll' '*.jnilib' '*osx*' '*windows*' '*win64*' '*musl*' '*ppc*' '*s390*' '*riscv*' '*linux32*' "*linux*$other*"

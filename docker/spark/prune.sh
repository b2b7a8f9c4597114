#!/bin/sh
# Removes from PySpark what a word count on Kubernetes never loads: Hive, YARN, R, machine learning, the REPL, other systems' natives.
# Structured Streaming, Kafka, RocksDB, Parquet (which needs jts-core) and the Kubernetes client must find all their classes.
set -eu
cd "$SPARK_HOME"
rm -rf R examples data kubernetes licenses python/test_support tests pandas ml mllib connect/proto jars/connect-repl
find . -type d -name tests -prune -exec rm -rf {} +
cd jars
rm -f hive-* spark-hive* spark-yarn* spark-repl* spark-mllib* spark-graphx* spark-connect* spark-pipelines* spark-streaming_* \
    datanucleus-* derby* HikariCP* bonecp* javax.jdo* jdo-api* jta-* transaction-api* stax-api* libthrift* libfb303* javolution* \
    breeze* spire* cats-* algebra_* arpack* blas-* lapack-* JTransforms* JLargeArrays* netlib* scala-compiler* jline-* jpam-* \
    curator-* zookeeper* commons-dbcp* commons-pool-1* antlr-runtime-3* ST4* opencsv* super-csv* oro-* avro-ipc* avro-mapred* \
    kubernetes-model-gatewayapi* volcano-* netty-tcnative-*-osx* netty-tcnative-*-windows* netty-*-kqueue* netty-*riscv64*
case $(uname -m) in x86_64) other=aarch64 ;; *) other=linux64 ;; esac
rm -f netty-*-linux-"$([ "$other" = linux64 ] && echo x86_64 || echo aarch_64)".jar
zip -q -d rocksdbjni-*.jar '*.dll' '*.jnilib' '*musl*' '*ppc*' '*s390*' '*riscv*' '*linux32*' "*$other*"

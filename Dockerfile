# What runs in the cluster: one stage an image (operator, spark, flink). Everything is fetched here, by name and version;
# no stage may need the network when its container starts, nor root, nor a writable root file system.
# A builder behind a proxy passes its own certificates: --secret id=ca,src=BUNDLE.pem (they stay out of every layer that ships).
ARG BASE_IMAGE=docker.io/library/debian:bookworm-slim

FROM ${BASE_IMAGE} AS python
RUN apt-get update -q \
    && apt-get install -qy --no-install-recommends python3 tini \
    && apt-get clean && rm -rf /var/lib/apt/lists/* /var/cache/debconf/* /var/log/* \
        /usr/bin/tini-static /usr/lib/python3.11/pydoc_data /usr/lib/python3.11/lib2to3 \
    && useradd --uid 1000 --no-create-home --home-dir /tmp wordcount
ENV HOME=/tmp LANG=C.UTF-8 PYTHONUNBUFFERED=1 PATH=/opt/venv/bin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

FROM python AS java
RUN mkdir -p /usr/share/man/man1 && apt-get update -q \
    && apt-get install -qy --no-install-recommends openjdk-17-jre-headless \
    && apt-get clean && rm -rf /var/lib/apt/lists/* /var/cache/debconf/* /var/log/* \
    && ln -s /usr/lib/jvm/java-17-openjdk-* /opt/java
ENV JAVA_HOME=/opt/java

# What builds need and images do not: Maven, uv, the versions in the lock.
FROM java AS tools
RUN apt-get update -q && apt-get install -qy --no-install-recommends maven python3-pip ca-certificates binutils zip unzip
COPY docker/install_ca.sh /usr/local/bin/
RUN --mount=type=secret,id=ca install_ca.sh && pip install --break-system-packages --no-cache-dir uv==0.13.9
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_HTTP_TIMEOUT=300
RUN uv venv --no-managed-python /opt/venv
# What our programs reach a bucket and PostgreSQL with, beside what the engines have for it.
ENV CLIENTS=cloudpathlib|boto3|botocore|s3transfer|jmespath|python-dateutil|six|urllib3|typing-extensions|psycopg|psycopg-binary
COPY docker/s3-client.sh /usr/local/bin/
WORKDIR /build
COPY pyproject.toml uv.lock ./

FROM tools AS operator-env
RUN --mount=type=cache,target=/root/.cache/uv \
    UV_PROJECT_ENVIRONMENT=/opt/venv uv sync --frozen --no-dev --no-install-project --extra probe
# The Kubernetes client is 120 MB of generated, commented source: its compiled form alone is a quarter of that, and all there.
# kafka-python does not work without its assertions.
RUN cd /opt/venv/lib/python3.11/site-packages \
    && python -m compileall -q -b -o 2 kubernetes pygments && python -m compileall -q -b kafka \
    && find kafka kubernetes pygments '(' -name '*.py' -o -name '*_test.pyc' -o -path '*/__pycache__/*' ')' -delete \
    && find . '(' -name '*.pyi' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.c' -o -name '*.h' ')' -delete \
    && find . -name "*.so" -exec strip --strip-unneeded {} +

FROM tools AS spark-env
ENV SPARK_HOME=/opt/venv/lib/python3.11/site-packages/pyspark
RUN --mount=type=cache,target=/root/.cache/uv \
    uv export -q --frozen --no-dev --no-hashes --extra spark --extra s3 --extra postgres | grep -E "^(pyspark|py4j|$CLIENTS)==" > wanted.txt \
    && VIRTUAL_ENV=/opt/venv uv pip install --no-deps -r wanted.txt && s3-client.sh && rm -rf /tmp/*
RUN --mount=type=cache,target=/root/.m2 \
    for artifact in \
        org.apache.spark:spark-sql-kafka-0-10_2.13:4.2.0 \
        org.apache.spark:spark-token-provider-kafka-0-10_2.13:4.2.0 \
        org.apache.kafka:kafka-clients:3.9.2 \
        org.apache.commons:commons-pool2:2.13.1; \
    do mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy -Dartifact=$artifact \
        -DoutputDirectory=$SPARK_HOME/jars || exit 1; done
COPY docker/spark/pom.xml ./
RUN --mount=type=cache,target=/root/.m2 \
    mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DincludeScope=runtime \
        -DexcludeGroupIds=io.netty,org.slf4j,commons-logging,commons-codec,org.apache.httpcomponents \
        -DoutputDirectory=$SPARK_HOME/jars
# A class path in one fixed order (shared class archives demand it), and the options that Spark's own launcher would have added.
COPY docker/spark/prune.sh ./
RUN mkdir /opt/spark \
    && SPARK_SCALA_VERSION=2.13 java -cp "$SPARK_HOME/jars/*" org.apache.spark.launcher.Main org.apache.spark.deploy.SparkSubmit pyspark-shell \
        | tr '\0' '\n' | grep -E '^(--add-|-XX|-D)' > /opt/spark/java-options \
    && ./prune.sh \
    && echo "-cp $(ls $SPARK_HOME/jars/*.jar | paste -sd:)" > /opt/spark/class-path

FROM tools AS flink-env
ENV FLINK_HOME=/opt/venv/lib/python3.11/site-packages/pyflink
RUN --mount=type=cache,target=/root/.cache/uv \
    uv export -q --frozen --no-dev --no-hashes --extra flink --extra s3 --extra postgres \
        | grep -E "^(apache-flink|apache-flink-libraries|py4j|ruamel-yaml|$CLIENTS)==" > wanted.txt \
    && VIRTUAL_ENV=/opt/venv uv pip install --no-deps -r wanted.txt && s3-client.sh && rm -rf /tmp/*
RUN --mount=type=cache,target=/root/.m2 \
    for artifact in \
        org.apache.flink:flink-sql-connector-kafka:5.0.0-2.2 \
        org.apache.flink:flink-connector-jdbc-core:4.0.0-2.0 \
        org.apache.flink:flink-connector-jdbc-postgres:4.0.0-2.0 \
        org.postgresql:postgresql:42.7.14 \
        org.apache.flink:flink-sql-parquet:2.3.0 \
        org.apache.hadoop:hadoop-client-api:3.4.2 \
        org.apache.hadoop:hadoop-client-runtime:3.4.2; \
    do mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy -Dartifact=$artifact \
        -DoutputDirectory=$FLINK_HOME/lib || exit 1; done \
    && mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
        -Dartifact=org.apache.flink:flink-s3-fs-native:2.3.0 -DoutputDirectory=/opt/flink/plugins/s3
COPY docker/flink/prune.sh ./
# Flink sends the "optional" Python jar along with every job; ours lies on the class path already, so what it sends is empty.
RUN ./prune.sh && mkdir -p /opt/flink/opt \
    && echo "-cp $(ls $FLINK_HOME/lib/*.jar | paste -sd:)" > /opt/flink/class-path \
    && grep -o -E '[-]-add-(exports|opens)=[^ ]+' $FLINK_HOME/conf/config.yaml > /opt/flink/java-options \
    && mkdir META-INF && echo 'Manifest-Version: 1.0' > META-INF/MANIFEST.MF \
    && zip -q /opt/flink/wordcount.jar META-INF/MANIFEST.MF && cp /opt/flink/wordcount.jar /opt/flink/opt/flink-python.jar

FROM python AS operator
COPY --from=operator-env /opt/venv /opt/venv
COPY jobs /opt/wordcount/jobs
COPY operator /opt/wordcount/operator
ENV PYTHONPATH=/opt/wordcount/operator:/opt/wordcount/jobs
USER 1000:1000
ENTRYPOINT ["/usr/bin/tini", "--"]
CMD ["python", "-m", "wordcount_operator"]

FROM java AS spark
COPY --from=spark-env /opt/venv /opt/venv
COPY --from=spark-env /opt/spark /opt/spark
ENV PYTHONPATH=/opt/wordcount/jobs SPARK_HOME=/opt/venv/lib/python3.11/site-packages/pyspark
COPY docker/spark/spark-submit $SPARK_HOME/bin/
COPY docker/spark/entrypoint.sh /opt/spark/
COPY docker/fake_kube_api.py docker/spark/record_cds_archive.py /opt/cds-archive/
RUN python /opt/cds-archive/record_cds_archive.py && rm -rf /opt/cds-archive /tmp/* \
    && test -s /opt/spark/driver.jsa -a -s /opt/spark/executor.jsa
COPY jobs /opt/wordcount/jobs
USER 1000:1000
ENTRYPOINT ["/usr/bin/tini", "--", "/opt/spark/entrypoint.sh"]

FROM java AS flink
COPY --from=flink-env /opt/venv /opt/venv
COPY --from=flink-env /opt/flink /opt/flink
ENV PYTHONPATH=/opt/wordcount/jobs FLINK_HOME=/opt/venv/lib/python3.11/site-packages/pyflink FLINK_CONF_DIR=/opt/flink/conf \
    FLINK_OPT_DIR=/opt/flink/opt FLINK_PLUGINS_DIR=/opt/flink/plugins \
    PATH=/opt/flink/bin:/opt/venv/bin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
COPY docker/flink/kubernetes-*.sh /opt/flink/bin/
COPY docker/fake_kube_api.py docker/flink/record_cds_archive.py /opt/cds-archive/
RUN python /opt/cds-archive/record_cds_archive.py && rm -rf /opt/cds-archive /opt/flink/conf /tmp/* \
    && test -s /opt/flink/jobmanager.jsa -a -s /opt/flink/taskmanager.jsa
COPY jobs /opt/wordcount/jobs
USER 1000:1000
ENTRYPOINT ["/usr/bin/tini", "--"]

# For tests and the demo only: one Kafka broker.
FROM tools AS kafka-env
COPY docker/kafka/pom.xml ./
RUN --mount=type=cache,target=/root/.m2 \
    mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
        -DincludeScope=runtime -DoutputDirectory=/opt/kafka/libs \
    && echo org.slf4j.simpleLogger.defaultLogLevel=warn > simplelogger.properties \
    && zip -q /opt/kafka/libs/only-warnings.jar simplelogger.properties \
    && echo "-cp $(ls /opt/kafka/libs/*.jar | paste -sd:)" > /opt/kafka/class-path

FROM java AS kafka
COPY --from=kafka-env /opt/kafka /opt/kafka
COPY docker/kafka/*.sh docker/kafka/server.properties /opt/kafka/
RUN install -d -o 1000 -g 1000 /data && /opt/kafka/record_cds_archive.sh && rm -rf /tmp/*
USER 1000:1000
ENTRYPOINT ["/usr/bin/tini", "--"]
CMD ["/opt/kafka/start.sh"]

# For tests only: one PostgreSQL server.
FROM python AS postgres
RUN apt-get update -q \
    && apt-get install -qy --no-install-recommends postgresql \
    && apt-get clean && rm -rf /var/lib/apt/lists/* /var/cache/debconf/* /var/log/* /var/lib/postgresql/* \
    && ln -s /usr/lib/postgresql/*/bin /opt/postgres && install -d -o 1000 -g 1000 /data
COPY docker/postgres/start.sh /opt/
USER 1000:1000
ENTRYPOINT ["/usr/bin/tini", "--"]
CMD ["/opt/start.sh"]

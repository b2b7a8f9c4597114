# An engine's image of a previous release: the base image IMAGE with the jobs of that release's wheel. Never pushed.
ARG IMAGE
FROM ${IMAGE}
USER 0
COPY *.whl /tmp/
RUN rm -rf /opt/wordcount/* && python3 -m zipfile -e /tmp/*.whl /tmp/wheel \
    && mkdir /opt/wordcount/jobs && mv /tmp/wheel/wordcount_jobs /opt/wordcount/jobs/ && rm -rf /tmp/wheel /tmp/*.whl
USER 1000:1000

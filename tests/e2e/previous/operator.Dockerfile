# The operator's image of a previous release: the base image IMAGE with that release's wheel as its only code. Never pushed.
ARG IMAGE
FROM ${IMAGE}
USER 0
COPY *.whl /tmp/
RUN rm -rf /opt/wordcount/* && python3 -m zipfile -e /tmp/*.whl /opt/wordcount/operator && rm /tmp/*.whl
USER 1000:1000

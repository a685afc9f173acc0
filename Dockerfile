# docker build -t genesys-lex-wizard .
# docker run --rm -it -v ~/.aws:/home/wizard/.aws:ro -e AWS_PROFILE genesys-lex-wizard
FROM python:3.12-slim
COPY . /src
RUN pip install --no-cache-dir /src && rm -r /src && useradd --create-home wizard
USER wizard
WORKDIR /home/wizard
ENTRYPOINT ["genesys-lex-wizard"]

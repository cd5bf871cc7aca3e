# The whole image is one static binary, with the certificates of public CAs, on an empty base. The image of a release is
# made without Docker, from the last stage as it stands here: see docs/releasing.md.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
COPY release/go.mod release/go.sum release/
RUN go mod download && go mod download -C release
COPY . .
ARG VERSION=container
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w -X main.release=$VERSION" \
      -o /out/sandkasse ./cmd/sandkasse \
 && go run -C release . licences >/out/THIRD_PARTY_LICENSES.txt \
 && mkdir -p /out/data /out/tmp && chmod 1777 /out/tmp

FROM scratch
ARG VERSION=container
LABEL org.opencontainers.image.title=sandkasse \
      org.opencontainers.image.description="Imitates Norwegian reporting and housing APIs, for tests" \
      org.opencontainers.image.licenses=Apache-2.0 \
      org.opencontainers.image.version=$VERSION
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /src/LICENSE /LICENSE
COPY --from=build /out/THIRD_PARTY_LICENSES.txt /THIRD_PARTY_LICENSES.txt
COPY --from=build /out/sandkasse /sandkasse
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build /out/tmp /tmp
USER 65532:65532
ENV SANDKASSE_ADDR=0.0.0.0:8080 \
    SANDKASSE_DATA=/data/sandkasse.db
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --start-interval=1s --retries=3 CMD ["/sandkasse", "ready"]
ENTRYPOINT ["/sandkasse"]

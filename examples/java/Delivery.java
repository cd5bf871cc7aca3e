// Delivers to BSU as in production: a token from Maskinporten, a lost answer, the dialog, the feedback.
//
// Run in a clone, with Java 17 or newer and nothing else:
//     sandkasse serve
//     java examples/java/Delivery.java fixtures/examples/bsu.json
// SANDKASSE_URL names a server elsewhere. Regular expressions stand for the JSON library that your client has.

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

public class Delivery {
    static final String BASE = Optional.ofNullable(System.getenv("SANDKASSE_URL")).orElse("http://127.0.0.1:8080");
    static final HttpClient CLIENT = HttpClient.newHttpClient();

    public static void main(String[] args) throws Exception {
        var document = Files.readString(Path.of(args[0]));
        var token = accessToken("987654321");
        // Only here: the answer to the next delivery gets lost.
        ok(request("/_sandkasse/plays").POST(BodyPublishers.ofString("{\"scenario\": \"lost-answer\"}")));
        var receipt = deliver(document, token);
        var forsendelse = find(receipt, "\"forsendelseId\":\"([^\"]+)").orElseThrow();
        System.out.println("delivered: " + forsendelse);
        var feedback = feedback(find(receipt, "\"dialogId\":\"([^\"]+)").orElseThrow(), forsendelse, token);
        System.out.println("feedback: " + find(feedback, "\"leveransestatus\":\\s*\"([^\"]+)").orElseThrow()
            + " " + find(feedback, "\"antallOppgaver\":\\s*(\\d+)").orElseThrow());
    }

    /** The key is the one that you registered at Maskinporten; Sandkasse accepts any. */
    static String accessToken(String organisation) throws GeneralSecurityException, IOException, InterruptedException {
        var now = Instant.now().getEpochSecond();
        var unsigned = encode("{\"alg\": \"RS256\", \"kid\": \"my-key\"}") + "." + encode("""
            {"iss": "6f0c0a0e-0000-4000-8000-000000000001", "aud": "%s/maskinporten/", "iat": %d, "exp": %d, "jti": "%s",
             "scope": "skatteetaten:innrapporteringboligsparingungdom digdir:dialogporten",
             "authorization_details": [{"type": "urn:altinn:systemuser",
               "systemuser_org": {"authority": "iso6523-actorid-upis", "ID": "0192:%s"}}]}
            """.formatted(BASE, now, now + 100, UUID.randomUUID(), organisation));
        var signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(KeyPairGenerator.getInstance("RSA").generateKeyPair().getPrivate());
        signature.update(unsigned.getBytes(StandardCharsets.UTF_8));
        var grant = unsigned + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature.sign());
        var form = "grant_type=" + URLEncoder.encode("urn:ietf:params:oauth:grant-type:jwt-bearer", StandardCharsets.UTF_8)
            + "&assertion=" + grant;
        var answer = ok(request("/maskinporten/token").header("Content-Type", "application/x-www-form-urlencoded")
            .POST(BodyPublishers.ofString(form)));
        return find(answer, "\"access_token\":\\s*\"([^\"]+)").orElseThrow();
    }

    /** Sends a document until it is answered. Every attempt has the same key, so that there is one delivery. */
    static String deliver(String document, String token) throws IOException, InterruptedException {
        var delivery = request("/innrapporteringbsu/v1/2023").header("Authorization", "Bearer " + token)
            .header("Content-Type", "application/json").header("idempotencyKey", UUID.randomUUID().toString())
            .POST(BodyPublishers.ofString(document));
        for (var attempt = 1; attempt <= 5; attempt++) {
            try {
                var response = CLIENT.send(delivery.build(), BodyHandlers.ofString());
                if (response.statusCode() < 500) {
                    return body(response);
                }
                System.out.printf("attempt %d: status %d%n", attempt, response.statusCode());
            } catch (IOException e) {
                System.out.printf("attempt %d: no answer%n", attempt);
            }
            Thread.sleep(200L * attempt);
        }
        throw new IllegalStateException("given up; send the same document with the same key later");
    }

    /** Polls the dialog until the agency has processed the delivery. */
    static String feedback(String dialog, String forsendelse, String token) throws IOException, InterruptedException {
        var document = "\"relatedTransmissionId\":\"" + forsendelse + "\".*?\"mediaType\":\"application/json\",\"url\":\"([^\"]+)";
        for (var attempt = 0; attempt < 300; attempt++) {
            var answer = ok(request("/dialogporten/api/v1/enduser/dialogs/" + dialog)
                .header("Authorization", "Bearer " + token));
            var url = find(answer, document);
            if (url.isPresent()) {
                return ok(HttpRequest.newBuilder(URI.create(url.get())).header("Authorization", "Bearer " + token)
                    .header("Accept", "application/json"));
            }
            Thread.sleep(200);
        }
        throw new IllegalStateException("there is no feedback yet");
    }

    static HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(BASE + path)).timeout(Duration.ofSeconds(30));
    }

    static String ok(HttpRequest.Builder request) throws IOException, InterruptedException {
        return body(CLIENT.send(request.build(), BodyHandlers.ofString()));
    }

    static String body(HttpResponse<String> response) {
        if (response.statusCode() >= 300) {
            throw new IllegalStateException("status " + response.statusCode() + ": " + response.body());
        }
        return response.body();
    }

    static String encode(String part) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(part.getBytes(StandardCharsets.UTF_8));
    }

    static Optional<String> find(String text, String pattern) {
        return Pattern.compile(pattern).matcher(text).results().findFirst().map(match -> match.group(1));
    }
}

// Delivers to BSU: survives a lost answer, polls the dialog and reads the feedback.
//
// Run in a clone, with Java 17 or newer and nothing else:
//     sandkasse serve
//     java examples/java/Delivery.java fixtures/examples/bsu.json
// SANDKASSE_URL names a server elsewhere. Regular expressions stand for the JSON library that your client has.

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

public class Delivery {
    static final String BASE = Optional.ofNullable(System.getenv("SANDKASSE_URL")).orElse("http://127.0.0.1:8080");
    static final String SCOPES = "skatteetaten:innrapporteringboligsparingungdom%20digdir:dialogporten";
    static final HttpClient CLIENT = HttpClient.newHttpClient();

    public static void main(String[] args) throws Exception {
        var document = Files.readString(Path.of(args[0]));
        // In production from Maskinporten, as in MaskinportenToken.java.
        var token = ok(request("/_sandkasse/token?api=bsu&org=987654321&scope=" + SCOPES));
        // Only here: the answer to the next delivery gets lost.
        ok(request("/_sandkasse/plays").POST(BodyPublishers.ofString("{\"scenario\": \"lost-answer\"}")));
        var receipt = deliver(document, token);
        var forsendelse = find(receipt, "\"forsendelseId\":\"([^\"]+)").orElseThrow();
        System.out.println("delivered: " + forsendelse);
        var feedback = feedback(find(receipt, "\"dialogId\":\"([^\"]+)").orElseThrow(), forsendelse, token);
        System.out.println("feedback: " + find(feedback, "\"leveransestatus\":\\s*\"([^\"]+)").orElseThrow()
            + " " + find(feedback, "\"antallOppgaver\":\\s*(\\d+)").orElseThrow());
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
        var document = "\"relatedTransmissionId\":\"" + forsendelse
            + "\".*?\"mediaType\":\"application/json\",\"url\":\"([^\"]+)";
        for (var attempt = 0; attempt < 30; attempt++) {
            var answer = ok(request("/dialogporten/api/v1/enduser/dialogs/" + dialog)
                .header("Authorization", "Bearer " + token));
            var url = find(answer, document);
            if (url.isPresent()) {
                return ok(HttpRequest.newBuilder(URI.create(url.get())).header("Authorization", "Bearer " + token)
                    .header("Accept", "application/json"));
            }
            Thread.sleep(2000);
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

    static Optional<String> find(String text, String pattern) {
        return Pattern.compile(pattern).matcher(text).results().findFirst().map(match -> match.group(1));
    }
}

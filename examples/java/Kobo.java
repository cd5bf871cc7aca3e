// Registers a home in Kobo: survives a lost answer, polls for a reservation, assigns the home and lets it.
//
// Run in a clone, with Java 17 or newer and nothing else:
//     sandkasse serve
//     java examples/java/Kobo.java
// SANDKASSE_URL names a server elsewhere. Regular expressions stand for the JSON library that your client has.

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.LocalDate;
import java.util.Optional;
import java.util.regex.Pattern;

public class Kobo {
    static final String BASE = Optional.ofNullable(System.getenv("SANDKASSE_URL")).orElse("http://127.0.0.1:8080");
    static final HttpClient CLIENT = HttpClient.newHttpClient();
    static final String HOME = """
        {"leverandorBoligId": "FDV-1", "boligtype": "ORDINAR_BOLIG", "status": "KLAR_FOR_INNFLYTTING",
         "adresse": {"gatenavn": "Prøvegata", "husnummer": 12, "husbokstav": "B", "postnummer": "0155"}}
        """;
    static final String CASE = """
        {"husstand": {"antallBarn": 1, "beboere": [
          {"fornavn": "Prøve", "etternavn": "Person", "personidentifikator": "01810112345",
           "adresse": {"gatenavn": "Prøvegata", "husnummer": 3, "postnummer": "0155"}}]}}
        """;

    public static void main(String[] args) throws Exception {
        var kobo = new Kobo(ok(call("GET", "/_sandkasse/token?api=kobo&org=313367002", "")));
        // Only here: the answer to the next call gets lost.
        ok(call("POST", "/_sandkasse/plays", "{\"scenario\": \"lost-answer\"}"));
        var home = "/kobo/kobobolig/" + find(kobo.register(HOME), "\"koboId\":\"([^\"]+)").orElseThrow();
        System.out.println("registered: " + home);
        // Only here: the case worker reserves the home in Kobo.
        var newCase = find(ok(call("POST", "/_sandkasse/kobo/saker", CASE)), "\"koboSaksreferanse\": *\"([^\"]+)").orElseThrow();
        ok(call("PUT", "/_sandkasse" + home + "/sak/" + newCase + "/reservasjon", ""));

        var reserved = kobo.reservation(home);
        System.out.println("reserved for: " + reserved);
        kobo.send("POST", home + "/tildeling", "{\"koboSaksreferanse\": \"%s\"}".formatted(reserved));
        var let = kobo.send("POST", home + "/leieforhold", """
            {"koboSaksreferanse": "%s", "leieforhold": {"kontraktStartdato": "%s", "erTidsubegrenset": true}}
            """.formatted(reserved, LocalDate.now()));
        System.out.println("let from: " + find(let, "\"kontraktStartdato\":\"([^\"]+)").orElseThrow());
    }

    final String token;

    Kobo(String token) {
        this.token = token;
    }

    /** Sends a home until it is answered: 201, or 200 where it is there already. leverandorBoligId tells homes apart. */
    String register(String home) throws IOException, InterruptedException {
        for (var attempt = 1; attempt <= 5; attempt++) {
            try {
                var response = CLIENT.send(authorized("POST", "/kobo/kobobolig", home), BodyHandlers.ofString());
                if (response.statusCode() < 500) {
                    return body(response);
                }
                System.out.printf("attempt %d: status %d%n", attempt, response.statusCode());
            } catch (IOException e) {
                System.out.printf("attempt %d: no answer%n", attempt);
            }
            Thread.sleep(200L * attempt);
        }
        throw new IllegalStateException("given up; send the same home later");
    }

    /** Polls a home until somebody has reserved it, and returns the reference of the case. */
    String reservation(String home) throws IOException, InterruptedException {
        for (var attempt = 0; attempt < 300; attempt++) {
            var reserved = find(send("GET", home, ""), "\"reservasjoner\":\\[\\{[^\\]]*\"koboSaksreferanse\":\"([^\"]+)");
            if (reserved.isPresent()) {
                return reserved.get();
            }
            Thread.sleep(200);
        }
        throw new IllegalStateException("nobody has reserved the home yet");
    }

    String send(String method, String path, String json) throws IOException, InterruptedException {
        return ok(authorized(method, path, json));
    }

    HttpRequest authorized(String method, String path, String json) {
        return HttpRequest.newBuilder(call(method, path, json), (name, value) -> true)
            .header("Authorization", "Bearer " + token).header("x-kobo-systemid", "fdvu-1").build();
    }

    static HttpRequest call(String method, String path, String json) {
        var body = json.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(json);
        return HttpRequest.newBuilder(URI.create(BASE + path)).timeout(Duration.ofSeconds(30))
            .header("Content-Type", "application/json").method(method, body).build();
    }

    static String ok(HttpRequest request) throws IOException, InterruptedException {
        return body(CLIENT.send(request, BodyHandlers.ofString()));
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

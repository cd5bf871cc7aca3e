// Gets a token from Maskinporten, as in production, and prints it.
//
// Run in a clone or anywhere else, with Java 17 or newer and nothing else:
//     sandkasse serve
//     java examples/java/MaskinportenToken.java 987654321
// SANDKASSE_URL names a server elsewhere. The key is the one that you registered; Sandkasse accepts any.

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

public class MaskinportenToken {
    static final String BASE = Optional.ofNullable(System.getenv("SANDKASSE_URL")).orElse("http://127.0.0.1:8080");

    public static void main(String[] args) throws Exception {
        var key = KeyPairGenerator.getInstance("RSA").generateKeyPair().getPrivate();
        var form = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=" + grant(key, args[0]);
        var request = HttpRequest.newBuilder(URI.create(BASE + "/maskinporten/token"))
            .header("Content-Type", "application/x-www-form-urlencoded").POST(BodyPublishers.ofString(form)).build();
        var response = HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
        var token = Pattern.compile("\"access_token\":\\s*\"([^\"]+)").matcher(response.body());
        if (!token.find()) {
            throw new IllegalStateException("status " + response.statusCode() + ": " + response.body());
        }
        System.out.println(token.group(1));
    }

    /** Returns a signed grant for a token that delivers for an organisation and reads its dialogs. */
    static String grant(PrivateKey key, String organisation) throws Exception {
        var now = Instant.now().getEpochSecond();
        var unsigned = encode("{\"alg\": \"RS256\", \"kid\": \"my-key\"}") + "." + encode("""
            {"iss": "6f0c0a0e-0000-4000-8000-000000000001", "aud": "%s/maskinporten/", "iat": %d, "exp": %d, "jti": "%s",
             "scope": "skatteetaten:innrapporteringboligsparingungdom digdir:dialogporten",
             "authorization_details": [{"type": "urn:altinn:systemuser",
               "systemuser_org": {"authority": "iso6523-actorid-upis", "ID": "0192:%s"}}]}
            """.formatted(BASE, now, now + 100, UUID.randomUUID(), organisation));
        var signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(key);
        signature.update(unsigned.getBytes(StandardCharsets.UTF_8));
        return unsigned + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature.sign());
    }

    static String encode(String part) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(part.getBytes(StandardCharsets.UTF_8));
    }
}

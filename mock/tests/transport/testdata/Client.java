// A client of the reporting API bsu that knows production addresses only. System properties bring it to Sandkasse: those
// of the proxy or a file of hosts, and a trust store that keytool made. Arguments: the file with the document that it
// delivers, what follows the hosts in addresses (a port with its colon, or nothing), and perhaps a user of the proxy.
import java.net.Authenticator;
import java.net.PasswordAuthentication;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Instant;
import java.util.Base64;
import java.util.UUID;
import java.util.regex.Pattern;
import javax.net.ssl.HttpsURLConnection;

public class Client {
    public static void main(String[] args) throws Exception {
        String document = Files.readString(Path.of(args[0]));
        String maskinporten = "https://test.maskinporten.no" + args[1];
        var builder = HttpClient.newBuilder();
        if (args.length > 2) {
            var user = new Authenticator() {
                @Override
                protected PasswordAuthentication getPasswordAuthentication() {
                    return new PasswordAuthentication(args[2], "x".toCharArray());
                }
            };
            builder.authenticator(user);
            Authenticator.setDefault(user);
        }
        var client = builder.build();

        var metadata = client.send(
            HttpRequest.newBuilder(URI.create(maskinporten + "/.well-known/oauth-authorization-server")).build(),
            BodyHandlers.ofString());
        System.out.println("metadata " + metadata.version() + " " + member(metadata.body(), "issuer"));

        String form = "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion="
            + URLEncoder.encode(grant("https://test.maskinporten.no/"), StandardCharsets.UTF_8);
        var answer = client.send(
            HttpRequest.newBuilder(URI.create(member(metadata.body(), "token_endpoint")))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(form)).build(),
            BodyHandlers.ofString());
        System.out.println("token " + answer.statusCode() + " " + member(answer.body(), "token_type"));

        var delivery = (HttpsURLConnection) URI
            .create("https://innrapporteringbsu.api.skatteetaten-test.no" + args[1] + "/v1/2023").toURL()
            .openConnection();
        delivery.setRequestMethod("POST");
        delivery.setDoOutput(true);
        delivery.setRequestProperty("Authorization", "Bearer " + member(answer.body(), "access_token"));
        delivery.setRequestProperty("Content-Type", "application/json");
        delivery.setRequestProperty("idempotencyKey", UUID.randomUUID().toString());
        delivery.getOutputStream().write(document.getBytes(StandardCharsets.UTF_8));
        System.out.println("delivery " + delivery.getResponseCode() + " "
            + new String(delivery.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
    }

    static String member(String json, String name) {
        var found = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(json);
        if (!found.find()) {
            throw new IllegalStateException(name + " is missing in " + json);
        }
        return found.group(1);
    }

    static String grant(String audience) throws Exception {
        long now = Instant.now().getEpochSecond();
        String claims = """
            {"iss": "6f0c0a0e-0000-4000-8000-000000000001", "aud": "%s", "jti": "%s", "iat": %d, "exp": %d,
             "scope": "skatteetaten:innrapporteringboligsparingungdom",
             "authorization_details": [{"type": "urn:altinn:systemuser",
               "systemuser_org": {"authority": "iso6523-actorid-upis", "ID": "0192:987654321"}}]}"""
            .formatted(audience, UUID.randomUUID(), now, now + 100);
        String text = encode("{\"alg\": \"RS256\", \"kid\": \"my-key\"}".getBytes(StandardCharsets.UTF_8)) + "."
            + encode(claims.getBytes(StandardCharsets.UTF_8));
        var signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(KeyPairGenerator.getInstance("RSA").generateKeyPair().getPrivate());
        signature.update(text.getBytes(StandardCharsets.UTF_8));
        return text + "." + encode(signature.sign());
    }

    static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}

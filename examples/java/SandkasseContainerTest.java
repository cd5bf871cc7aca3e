// Starts Sandkasse in a container for a test, with Testcontainers for Java and JUnit 5. It needs Docker.
//
// Put it among the tests of your project, with org.testcontainers:testcontainers-junit-jupiter as a dependency and the
// image of `docker build -t sandkasse .`, and run:
//     mvn test -Dtest=SandkasseContainerTest
// The tests of Sandkasse parse this file; they do not run it.

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.Test;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;
import org.testcontainers.utility.DockerImageName;

@Testcontainers
class SandkasseContainerTest {
    @Container
    static final GenericContainer<?> SANDKASSE = new GenericContainer<>(DockerImageName.parse("sandkasse"))
        .withExposedPorts(8080)
        .waitingFor(Wait.forHttp("/_sandkasse/ready").forPort(8080));

    static URI base() {
        return URI.create("http://%s:%d".formatted(SANDKASSE.getHost(), SANDKASSE.getMappedPort(8080)));
    }

    @Test
    void token() throws Exception {
        var request = HttpRequest.newBuilder(base().resolve("/_sandkasse/token?api=bsu&org=987654321")).build();
        var response = HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
        assertEquals(200, response.statusCode(), response::body);
    }
}

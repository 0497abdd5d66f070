import Testing

@testable import Martlet

@Suite("Credentials from the environment")
struct CredentialsTests {
    @Test("are Martlet's token, then MLflow's user with a password, then MLflow's token, as its client takes them")
    func order() {
        var environment = ["MLFLOW_TRACKING_TOKEN": "theirs"]
        #expect(Credentials(environment: environment) == .token("theirs"))
        environment["MLFLOW_TRACKING_USERNAME"] = "ann"
        #expect(Credentials(environment: environment) == .token("theirs"))
        environment["MLFLOW_TRACKING_PASSWORD"] = "pass"
        #expect(Credentials(environment: environment) == .password(user: "ann", password: "pass"))
        environment["MARTLET_TOKEN"] = "ours"
        #expect(Credentials(environment: environment) == .token("ours"))
        environment["MARTLET_TOKEN"] = ""
        #expect(Credentials(environment: environment) == .password(user: "ann", password: "pass"))
    }

    @Test("are absent when nothing is set")
    func absent() {
        #expect(Credentials(environment: [:]) == nil)
        #expect(Credentials(environment: ["MLFLOW_TRACKING_PASSWORD": "pass"]) == nil)
        #expect(Credentials(environment: ["MLFLOW_TRACKING_USERNAME": "ann", "MLFLOW_TRACKING_PASSWORD": ""]) == nil)
    }

    @Test("go into the header as RFC 6750 and RFC 7617 have it")
    func header() {
        #expect(Credentials.token("abc").header == "Bearer abc")
        let password = Credentials.password(user: "Aladdin", password: "open sesame")
        #expect(password.header == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
    }
}

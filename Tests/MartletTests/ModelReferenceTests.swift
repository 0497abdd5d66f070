import Martlet
import Testing

@Suite("A reference to a version")
struct ModelReferenceTests {
    @Test(
        "means a version of a model",
        arguments: [
            ("iris@champion", "iris", ModelReference.Selector.alias("champion")),
            ("models:/iris@champion", "iris", .alias("champion")),
            ("iris/3", "iris", .number("3")),
            ("models:/iris/3", "iris", .number("3")),
            ("iris/production", "iris", .stage("Production")),
            ("iris/Latest", "iris", .latest),
            ("my model/1.4.0-rc.1", "my model", .semantic("1.4.0-rc.1")),
            ("a@b/3", "a@b", .number("3")),
        ]
    )
    func means(_ text: String, _ name: String, _ selector: ModelReference.Selector) throws {
        let reference = try ModelReference(text)
        #expect(reference.name == name && reference.selector == selector)
    }

    @Test("that names none is refused", arguments: ["", "iris", "iris/", "/3", "iris@", "@a", "a/b/3", "models:/"])
    func refused(_ text: String) {
        #expect(throws: ClientError.self) { try ModelReference(text) }
    }
}

import Inference
import Testing

@Suite("A session tells of its model")
struct DeclarationTests {
    @Test("every kind of input and output")
    func kinds() throws {
        let session = try Fixture.session("types")
        let types: [ElementType] = [
            .float, .double, .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .bool, .string,
        ]
        #expect(Set(types) == Set(ElementType.allCases))
        #expect(session.inputs == types.map { TensorDescription(name: $0.name, elementType: $0, shape: [-1]) })
        #expect(
            session.outputs == types.map { TensorDescription(name: "\($0.name)_out", elementType: $0, shape: [-1]) }
        )
    }

    @Test("free and fixed dimensions, scalars, and ranks left open")
    func shapes() throws {
        let session = try Fixture.session("shapes")
        #expect(session.inputs.map(\.shape) == [[-1, 3], [], [-1]])
        #expect(session.outputs.map(\.shape) == [[], nil])
        #expect(try Fixture.session("gbdt").inputs.map(\.shape) == [[-1, 30]])
    }

    @Test("maps by their key and number")
    func maps() throws {
        let output = try Fixture.session("iris_str").outputs[1]
        let expected = TensorDescription(
            name: "output_probability",
            kind: .sequenceOfMap(key: .string),
            elementType: .float,
            shape: [-1, -1]
        )
        #expect(output == expected)
    }

    @Test("the metadata that its maker left")
    func metadata() throws {
        let metadata = try Fixture.session("mlp").metadata
        #expect(metadata.producer == "make_fixtures")
        #expect(metadata.graphName == "mlp")
        #expect(metadata.domain == "martlet.test")
        #expect(metadata.description == "a small perceptron")
        #expect(metadata.version == 3)
        #expect(metadata.custom == ["kind": "mlp", "seed": "11"])
    }

    @Test("that it has no metadata")
    func noMetadata() throws {
        let metadata = try Fixture.session("types").metadata
        #expect(metadata.version == nil || metadata.version == 0)
        #expect(metadata.custom.isEmpty)
        #expect(metadata.domain.isEmpty)
    }
}

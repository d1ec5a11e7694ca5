<?php
// The few functions of WordPress 6.4 that the plugin calls, as its reference describes them.
// Run with the plugin's path and, as JSON on standard input, what a page prints; answers what comes of it.

const ABSPATH = '/';

$hooks = array();

function add_filter( $hook, $function, $priority = 10 ) {
	global $hooks;
	$hooks[ $hook ][ $priority ][] = $function;
}
function add_action( $hook, $function, $priority = 10 ) {
	add_filter( $hook, $function, $priority );
}
function apply_filters( $hook, $value, ...$more ) {
	global $hooks;
	$functions = $hooks[ $hook ] ?? array();
	ksort( $functions );
	foreach ( $functions as $same ) {
		foreach ( $same as $function ) {
			$value = $function( $value, ...$more );
		}
	}
	return $value;
}
function do_action( $hook ) {
	apply_filters( $hook, '' );
}
function esc_attr( $text ) {
	return htmlspecialchars( (string) $text, ENT_QUOTES );
}
function wp_parse_url( $url ) {
	return parse_url( str_starts_with( $url, '//' ) ? "placeholder:$url" : $url );
}
function attributes_of( $attributes ) {
	$written = '';
	foreach ( $attributes as $name => $value ) {
		$written .= true === $value ? " $name" : sprintf( ' %s="%s"', $name, esc_attr( $value ) );
	}
	return $written;
}
function wp_print_script_tag( $attributes ) {
	echo '<script' . attributes_of( apply_filters( 'wp_script_attributes', $attributes ) ) . "></script>\n";
}
function wp_print_inline_script_tag( $data, $attributes ) {
	$attributes = apply_filters( 'wp_inline_script_attributes', $attributes, $data );
	echo '<script' . attributes_of( $attributes ) . ">$data</script>\n";
}

class Registered {
	public array $scripts = array();
	public function query( $handle ) {
		return isset( $this->scripts[ $handle ] ) ? (object) array( 'src' => $this->scripts[ $handle ] ) : false;
	}
}
$registered = new Registered();
function wp_scripts() {
	return $GLOBALS['registered'];
}

/** Enough of the HTML API for elements whose attributes are in double quotes. */
class WP_HTML_Tag_Processor {
	private int $at = -1;
	private array $parts;
	public function __construct( string $html ) {
		$this->parts = preg_split( '/(<[a-z]+[^>]*>)/i', $html, -1, PREG_SPLIT_DELIM_CAPTURE );
	}
	public function next_tag( string $name ): bool {
		while ( ++$this->at < count( $this->parts ) ) {
			if ( preg_match( "/^<$name\\b/i", $this->parts[ $this->at ] ) ) {
				return true;
			}
		}
		return false;
	}
	public function get_attribute( string $name ) {
		$there = preg_match( "/\\s$name=\"([^\"]*)\"/i", $this->parts[ $this->at ], $found );
		return $there ? html_entity_decode( $found[1] ) : null;
	}
	public function set_attribute( string $name, string $value ) {
		$this->parts[ $this->at ] = substr( $this->parts[ $this->at ], 0, -1 ) . " $name=\"" . esc_attr( $value ) . '">';
	}
	public function remove_attribute( string $name ) {
		$this->parts[ $this->at ] = preg_replace( "/\\s$name=\"[^\"]*\"/i", '', $this->parts[ $this->at ] );
	}
	public function get_updated_html(): string {
		return implode( '', $this->parts );
	}
}

require $argv[1];

$page = json_decode( stream_get_contents( STDIN ), true );
add_action( 'wp_head', function () use ( $page ) {
	foreach ( $page['scripts'] as $attributes ) {
		wp_print_script_tag( $attributes );
	}
	foreach ( $page['inline'] as $handle => $data ) {
		wp_print_inline_script_tag( $data, array( 'id' => "$handle-js-after" ) );
	}
}, 1 );
$registered->scripts = $page['registered'];
ob_start();
do_action( 'wp_head' );
$head = ob_get_clean();
echo json_encode( array( 'head' => $head, 'content' => apply_filters( 'the_content', $page['content'] ) ) );
